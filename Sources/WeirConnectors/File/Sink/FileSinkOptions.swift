/// Where a file sink writes, and how large its files become.
public struct FileSinkOptions: Sendable {
    /// The directory; made if it is missing.
    public var directory: String
    /// The records' format.
    public var format: RecordFormat
    /// A file is closed when it has this many bytes.
    public var rollBytes = 128 << 20
    /// A file is closed when it has this many rows.
    public var rollRows = Int.max
    /// Whether a fresh start replaces results of an earlier job; if not, they make it refuse.
    ///
    /// They stay until the first checkpoint is complete.
    public var replacesExisting = false

    /// Writes into `directory`.
    public init(_ directory: String, format: RecordFormat) {
        self.directory = directory
        self.format = format
    }
}
