import CWeirIntrinsics
import WeirCore
import WeirData

/// The records of a job manager's jobs, one file `record` in each job's directory.
///
/// A file holds the record and, in its last four bytes, the CRC32C of what is before them. It is replaced
/// as a whole, and is on the disk when a function returns.
package struct JobRecords: Sendable {
    private let directory: String
    private let files: any FileSystem
    /// Bytes of the longest record that is read.
    private static let mostBytes = 64 << 20

    /// The records of the jobs under a directory, which has one directory for each.
    package init(_ directory: String, files: any FileSystem) {
        self.directory = directory
        self.files = files
    }

    private func path(_ id: JobID) -> String { "\(directory)/\(id)/record" }

    /// Writes a record down, in the place of the one before.
    ///
    /// - Throws: `diskFull`, `fileFailed`.
    package func store(_ record: JobRecord) throws(WeirError) {
        let id = record.submission.id
        let isNew = try files.status(path(id)) == nil
        if isNew { try files.makeDirectory("\(directory)/\(id)") }
        var writer = ByteWriter()
        record.encode(into: &writer)
        let bytes = writer.bytes
        writer.append(integer: weir_crc32c(0, bytes.baseAddress, bytes.count))
        try files.replaceAll(path(id), with: writer.array)
        if isNew { try files.synchronizeDirectory(directory) }
    }

    /// The record of a job; nil if there is none.
    ///
    /// - Throws: `corruptBytes`, `fileFailed`.
    package func load(_ id: JobID) throws(WeirError) -> JobRecord? {
        guard try files.status(path(id)) != nil else { return nil }
        let bytes = try files.readAll(path(id), limit: Self.mostBytes)
        do throws(WeirError) {
            let record = try bytes.withReader { reader throws(WeirError) in
                try Self.decode(&reader)
            }
            guard record.submission.id == id else {
                throw WeirError(.corruptBytes, "It is the record of \(record.submission.id).")
            }
            return record
        } catch {
            throw WeirError(
                error.code,
                "The record of job \(id) cannot be read.",
                position: path(id),
                reason: "\(error.message) \(error.reason)",
                fix:
                    "Bring the file back from a backup, or submit the job again with --from and its "
                    + "newest checkpoint in \(directory)/\(id)/checkpoints."
            )
        }
    }

    private static func decode(_ reader: inout ByteReader) throws(WeirError) -> JobRecord {
        let length = reader.remaining - MemoryLayout<UInt32>.size
        guard length > 0 else { throw reader.corrupt("too short for a record") }
        let content = try reader.readBytes(length)
        let checksum = try reader.readInteger(as: UInt32.self)
        guard weir_crc32c(0, content.baseAddress, content.count) == checksum else {
            throw reader.corrupt("its checksum is another one")
        }
        var inner = ByteReader(content)
        let record = try JobRecord(from: &inner)
        try inner.finish()
        return record
    }

    /// All records, those first that were handed in first; what cannot be read is told.
    ///
    /// - Throws: `fileFailed`.
    package func loadAll(notice: (String) -> Void) throws(WeirError) -> [JobRecord] {
        var records: [JobRecord] = []
        for name in try files.list(directory) {
            guard let id = JobID(name) else { continue }
            do throws(WeirError) {
                if let record = try load(id) { records.append(record) }
            } catch {
                notice("\(error)")
            }
        }
        return records.sorted {
            ($0.submittedAt, $0.submission.id.description)
                < ($1.submittedAt, $1.submission.id.description)
        }
    }
}
