/// The type of a column, in SQL's words.
///
/// Storage per value: BOOLEAN 1 byte; integers, FLOAT and DOUBLE their width; DECIMAL 16 bytes
/// (unscaled, the scale is the column's); STRING and BYTES a 16-byte view; DATE 4 bytes (days);
/// TIME 8 bytes (nanoseconds of the day); TIMESTAMP 8 bytes (milliseconds up to precision 3,
/// microseconds up to 6) or 16 (nanoseconds up to 9); intervals 4 bytes (months) or 8
/// (milliseconds); ARRAY, MAP and ROW a view of their encoded form (`docs/decisions/`).
public indirect enum LogicalType: Hashable, Sendable {
    /// True or false.
    case boolean
    /// TINYINT.
    case int8
    /// SMALLINT.
    case int16
    /// INT.
    case int32
    /// BIGINT.
    case int64
    /// FLOAT.
    case float
    /// DOUBLE.
    case double
    /// DECIMAL(precision, scale), precision 1 to 38.
    case decimal(precision: Int, scale: Int)
    /// UTF-8 text.
    case string
    /// Octets.
    case bytes
    /// Days since 1970-01-01.
    case date
    /// A time of day.
    case time(precision: Int)
    /// A moment; with `isLocalZone` it is an instant shown in the session's zone.
    case timestamp(precision: Int, isLocalZone: Bool)
    /// INTERVAL YEAR TO MONTH.
    case monthInterval
    /// INTERVAL DAY TO SECOND.
    case dayTimeInterval
    /// A list of values of one type.
    case array(LogicalType)
    /// Pairs of key and value.
    case map(key: LogicalType, value: LogicalType)
    /// Named fields.
    case row([RowField])

    /// A field of a ROW.
    public struct RowField: Hashable, Sendable {
        /// The name.
        public let name: String
        /// The type.
        public let type: LogicalType

        /// Names a field.
        public init(_ name: String, _ type: LogicalType) {
            self.name = name
            self.type = type
        }
    }

    /// How a value lies in memory.
    public var physical: PhysicalType {
        switch self {
        case .boolean, .int8: .bytes1
        case .int16: .bytes2
        case .int32, .float, .date, .monthInterval: .bytes4
        case .int64, .double, .time, .dayTimeInterval: .bytes8
        case .decimal: .bytes16
        case .timestamp(let precision, _): precision <= 6 ? .bytes8 : .bytes16
        case .string, .bytes, .array, .map, .row: .view
        }
    }

    /// Whether values are views into a heap of bytes.
    public var isView: Bool { physical == .view }
}

/// The width of a value in a column's memory.
@frozen
public enum PhysicalType: UInt8, Sendable {
    /// One byte.
    case bytes1
    /// Two bytes.
    case bytes2
    /// Four bytes.
    case bytes4
    /// Eight bytes.
    case bytes8
    /// Sixteen bytes.
    case bytes16
    /// A 16-byte `ViewSlot` into the column's heap, as Arrow's Utf8View.
    case view

    /// Bytes a value takes in the column.
    @inlinable
    public var width: Int {
        switch self {
        case .bytes1: 1
        case .bytes2: 2
        case .bytes4: 4
        case .bytes8: 8
        case .bytes16, .view: 16
        }
    }
}
