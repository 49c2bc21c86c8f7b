import WeirCore

/// The records of a job manager's jobs, one file `record` in each job's directory.
///
/// A file is replaced as a whole, and is on the disk when a function returns.
package struct JobRecords: JobRecordStore {
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
        try files.replaceAll(path(id), with: record.sealed())
        if isNew { try files.synchronizeDirectory(directory) }
    }

    /// The record of a job; nil if there is none.
    ///
    /// - Throws: `corruptBytes`, `fileFailed`.
    package func load(_ id: JobID) throws(WeirError) -> JobRecord? {
        guard try files.status(path(id)) != nil else { return nil }
        let bytes = try files.readAll(path(id), limit: Self.mostBytes)
        do throws(WeirError) {
            return try JobRecord(sealed: bytes, of: id)
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
        return records.inOrderOfSubmission
    }
}
