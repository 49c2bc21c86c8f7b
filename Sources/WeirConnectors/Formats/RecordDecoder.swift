import WeirCore
import WeirData

/// Decodes records of a format straight into the columns of a batch.
///
/// Subclassed by formats; one virtual call per batch. Used by one thread.
open class RecordDecoder {
    /// How far a call came.
    public struct Progress: Equatable, Sendable {
        /// Offset behind the last whole record taken, a malformed one included.
        public var end: Int
        /// Rows written.
        public var rows: Int
        /// The record that stopped the call; the caller decides what becomes of it and goes on.
        public var failure: RecordFailure?

        /// Wraps the facts.
        public init(end: Int, rows: Int, failure: RecordFailure?) {
            self.end = end
            self.rows = rows
            self.failure = failure
        }
    }

    /// Bytes that must be readable behind the input; the decoders load whole words.
    public static let padding = 64

    /// What the rows hold.
    public let schema: Schema

    /// Longest record that is taken, in bytes without its newline; longer ones are malformed,
    /// wherever the input is cut.
    public var maxRecordBytes = RecordDecoder.defaultMaxRecordBytes

    /// Longest record unless configured: 8 MiB.
    public static let defaultMaxRecordBytes = 8 << 20

    /// A decoder of rows of `schema`.
    public init(_ schema: Schema) { self.schema = schema }

    /// Whether the first record of a file is a header.
    open var hasHeader: Bool { false }

    /// Takes the header record, without the line's end.
    ///
    /// - Throws: `malformedRecord` if a column is not there.
    open func readHeader(_ bytes: UnsafeRawBufferPointer) throws(WeirError) {}

    /// Decodes records from offset `start` of `input` into rows `row` and on of `batch`, `limit` at
    /// most, until a record is malformed or incomplete.
    ///
    /// The byte behind the input must be writable if `isAtEnd`, and `padding` bytes readable; with
    /// `isAtEnd` the last record needs no line's end. The result does not depend on where a caller
    /// cuts its chunks.
    open func decode(
        _ input: UnsafeMutableRawBufferPointer,
        from start: Int,
        isAtEnd: Bool,
        into batch: Batch,
        row: Int,
        limit: Int
    ) -> Progress {
        preconditionFailure("a format overrides decode")
    }

    /// The offset behind the line's end of the record at `start`; nil if it is not whole.
    ///
    /// Splits and skips go by it.
    open func endOfRecord(_ input: UnsafeRawBufferPointer, from start: Int) -> Int? {
        let newline = input[start...].firstIndex(of: UInt8(ascii: "\n"))
        return newline.map { $0 + 1 }
    }
}

@available(*, unavailable)
extension RecordDecoder: Sendable {}
