import WeirCore
import WeirData

/// A part of a file that one reader reads: the records that begin in a range of its bytes.
public struct FileSplit: Hashable, Sendable {
    /// The file.
    public let path: String
    /// The first byte.
    public let start: Int
    /// Behind the last byte.
    public let end: Int
    /// Where the next record to read begins; `start` if none was read.
    public var position: Int
    /// The split's watermark after the records read.
    public var watermark: Int64

    /// A split of which nothing was read.
    public init(path: String, start: Int, end: Int) {
        self.path = path
        self.start = start
        self.end = end
        position = start
        watermark = EventTimes.minimum
    }

    /// The columns of split assignments.
    static let schema = Schema([
        ColumnDescriptor("path", id: 1, .string),
        ColumnDescriptor("start", id: 2, .int64),
        ColumnDescriptor("end", id: 3, .int64),
    ])

    /// Writes the assignment into the builder as a row.
    func append(to builder: BatchBuilder) {
        let columns = builder.batch.columnReferences
        let row = builder.rowCount
        var path = path
        path.withUTF8 { columns[0].storeBytes(UnsafeRawBufferPointer($0), row) }
        columns[1].store(Int64(start), row)
        columns[2].store(Int64(end), row)
        builder.advance()
    }

    /// The assignment in a row.
    init(_ batch: Batch, row: Int) {
        let columns = batch.columnReferences
        self.init(
            path: String(decoding: columns[0].bytes(row), as: UTF8.self),
            start: Int(columns[1].load(row, as: Int64.self)),
            end: Int(columns[2].load(row, as: Int64.self))
        )
    }

    /// The split and how far it was read, as bytes of version 1.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.append(byte: 1)
        writer.append(string: path)
        writer.append(integer: Int64(start))
        writer.append(integer: Int64(end))
        writer.append(integer: Int64(position))
        writer.append(integer: watermark)
        return writer.array
    }

    /// Reads what `encoded` wrote.
    package init(encoded bytes: [UInt8]) throws(WeirError) {
        self = try bytes.withReader { reader throws(WeirError) in
            let version = try reader.readByte()
            guard version == 1 else { throw reader.corrupt("file split version \(version)") }
            let path = try reader.readString()
            let start = Int(try reader.readInteger(as: Int64.self))
            let end = Int(try reader.readInteger(as: Int64.self))
            var split = FileSplit(path: path, start: start, end: end)
            split.position = Int(try reader.readInteger(as: Int64.self))
            split.watermark = try reader.readInteger()
            try reader.finish()
            guard start >= 0, split.position >= start else {
                throw reader.corrupt("a file position before its start")
            }
            return split
        }
    }
}
