/// A value of any column type, on its own: for tests, for printing, and inside nested values.
///
/// Never on the path of a record; columns hold values in raw memory.
public indirect enum Value: Hashable, Sendable {
    /// NULL.
    case null
    /// BOOLEAN.
    case boolean(Bool)
    /// TINYINT, SMALLINT, INT, BIGINT.
    case integer(Int64)
    /// FLOAT.
    case float(Float)
    /// DOUBLE.
    case double(Double)
    /// DECIMAL.
    case decimal(Decimal)
    /// STRING.
    case string(String)
    /// BYTES.
    case bytes([UInt8])
    /// DATE.
    case date(CalendarDate)
    /// TIME.
    case time(TimeOfDay)
    /// TIMESTAMP of any precision, in nanoseconds since 1970.
    case timestamp(TimestampNanoseconds)
    /// INTERVAL YEAR TO MONTH.
    case monthInterval(MonthInterval)
    /// INTERVAL DAY TO SECOND.
    case dayTimeInterval(DayTimeInterval)
    /// ARRAY.
    case array([Value])
    /// MAP, in the order of the entries.
    case map([MapEntry])
    /// ROW, in the order of the fields.
    case row([Value])

    /// A key and its value.
    public struct MapEntry: Hashable, Sendable {
        /// The key.
        public var key: Value
        /// The value.
        public var value: Value

        /// Pairs the two.
        public init(_ key: Value, _ value: Value) {
            self.key = key
            self.value = value
        }
    }

    /// A TIMESTAMP from milliseconds since 1970.
    public static func timestamp(milliseconds: Int64) -> Value {
        .timestamp(TimestampNanoseconds(Int128(milliseconds) * 1_000_000))
    }
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral
{
    /// An integer.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A DOUBLE.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// A BOOLEAN.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    /// A STRING.
    public init(stringLiteral value: String) { self = .string(value) }
    /// NULL.
    public init(nilLiteral: ()) { self = .null }
}
