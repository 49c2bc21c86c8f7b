import WeirCore
import WeirOperators

/// What a file source reads, and within which bounds.
public struct FileSourceOptions: Sendable {
    /// Files, and directories whose files are read; names that begin with `.` or `_` are left out.
    public var paths: [String]
    /// The records' format.
    public var format: RecordFormat
    /// How often directories are looked at for new files, in milliseconds; nil: once, at the start.
    ///
    /// A file must be whole when it appears: write it under a hidden name and rename it.
    public var watchMilliseconds: Int64?
    /// What becomes of records that cannot be decoded.
    public var onMalformed: MalformedPolicy
    /// Files larger than this are read in several splits, if the format allows it.
    ///
    /// Where they are cut does not depend on the parallelism, so that lateness does not either.
    public var splitBytes = 64 << 20
    /// Longest record, in bytes without its newline; longer ones are malformed.
    public var maxRecordBytes = RecordDecoder.defaultMaxRecordBytes
    /// Bytes read at a time.
    public var chunkBytes = 2 << 20
    /// Most splits that a reader has open at a time.
    public var openSplitLimit = 64

    /// How many times as fast as life rows are emitted, by their event times; nil: at once.
    ///
    /// A rehearsal of a live stream: the first row comes at the start, also after a restart.
    public var speed: Double?

    /// Reads `paths`.
    public init(
        _ paths: [String],
        format: RecordFormat,
        watchMilliseconds: Int64? = nil,
        onMalformed: MalformedPolicy = .fail
    ) {
        self.paths = paths
        self.format = format
        self.watchMilliseconds = watchMilliseconds
        self.onMalformed = onMalformed
    }
}
