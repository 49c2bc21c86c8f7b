import WeirData

/// A format of records, one a line.
public enum RecordFormat: Sendable, Hashable {
    /// One JSON object a line.
    case json
    /// RFC 4180.
    case csv(CSVOptions)

    /// A decoder of rows of `schema`, for one file.
    public func makeDecoder(_ schema: Schema) -> RecordDecoder {
        switch self {
        case .json: JSONRecordDecoder(schema)
        case .csv(let options): CSVRecordDecoder(schema, options)
        }
    }

    /// An encoder of rows of `schema`.
    public func makeEncoder(_ schema: Schema) -> RecordEncoder {
        switch self {
        case .json: JSONRecordEncoder(schema)
        case .csv(let options): CSVRecordEncoder(schema, options)
        }
    }

    /// Whether a newline always ends a record, so that a file can be cut anywhere and read from the
    /// next line on.
    public var isSplittable: Bool {
        switch self {
        case .json: true
        case .csv(let options): !options.allowsMultilineFields
        }
    }

    /// How names of files in the format end.
    public var fileExtension: String {
        switch self {
        case .json: "jsonl"
        case .csv: "csv"
        }
    }
}
