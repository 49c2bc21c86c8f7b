/// How a CSV file is spelled.
public struct CSVOptions: Sendable, Hashable {
    /// The byte between fields.
    public var delimiter: UInt8
    /// Whether the first record names the columns; else they stand in `columnNames`' order.
    public var hasHeader: Bool
    /// The columns of a file without a header; empty: the schema's.
    public var columnNames: [String]
    /// Unquoted texts that stand for NULL in columns that may be NULL.
    public var nullLiterals: [String]
    /// Whether quoted fields may hold newlines.
    ///
    /// If not, large files are read in several splits.
    public var allowsMultilineFields: Bool

    /// RFC 4180 with a header; an empty field is NULL.
    public init(
        delimiter: UInt8 = UInt8(ascii: ","),
        hasHeader: Bool = true,
        columnNames: [String] = [],
        nullLiterals: [String] = [""],
        allowsMultilineFields: Bool = true
    ) {
        self.delimiter = delimiter
        self.hasHeader = hasHeader
        self.columnNames = columnNames
        self.nullLiterals = nullLiterals
        self.allowsMultilineFields = allowsMultilineFields
    }
}
