import CWeirIntrinsics
import WeirCore
import WeirData

/// A record as it is kept: its bytes and, in the last four, the CRC32C of what is before them.
extension JobRecord {
    func sealed() -> [UInt8] {
        var writer = ByteWriter()
        encode(into: &writer)
        let bytes = writer.bytes
        writer.append(integer: weir_crc32c(0, bytes.baseAddress, bytes.count))
        return writer.array
    }

    /// - Throws: `corruptBytes`, also if it is the record of another job.
    init(sealed bytes: [UInt8], of id: JobID) throws(WeirError) {
        self = try bytes.withReader { reader throws(WeirError) in try Self.open(&reader) }
        guard submission.id == id else {
            throw WeirError(.corruptBytes, "It is the record of \(submission.id).")
        }
    }

    private static func open(_ reader: inout ByteReader) throws(WeirError) -> JobRecord {
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
}

extension [JobRecord] {
    /// Those first that were handed in first.
    var inOrderOfSubmission: [JobRecord] {
        sorted {
            ($0.submittedAt, $0.submission.id.description)
                < ($1.submittedAt, $1.submission.id.description)
        }
    }
}
