/// A DATE: days since 1970-01-01.
@frozen
public struct CalendarDate: ColumnValue, Hashable, Sendable, BitwiseCopyable {
    /// Days since 1970-01-01.
    public var days: Int32

    /// Wraps a day number.
    @inlinable
    public init(days: Int32) { self.days = days }

    /// DATE.
    @inlinable
    public static var logicalType: LogicalType { .date }
}

/// A TIME: nanoseconds since midnight.
@frozen
public struct TimeOfDay: ColumnValue, Hashable, Sendable, BitwiseCopyable {
    /// Nanoseconds since midnight.
    public var nanoseconds: Int64

    /// Wraps a time of day.
    @inlinable
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// TIME(9).
    @inlinable
    public static var logicalType: LogicalType { .time(precision: 9) }
}

/// A TIMESTAMP(3): milliseconds since 1970-01-01T00:00:00.
@frozen
public struct TimestampMilliseconds: ColumnValue, Hashable, Sendable, BitwiseCopyable {
    /// Milliseconds since 1970.
    public var milliseconds: Int64

    /// Wraps a moment.
    @inlinable
    public init(_ milliseconds: Int64) { self.milliseconds = milliseconds }

    /// TIMESTAMP(3).
    @inlinable
    public static var logicalType: LogicalType { .timestamp(precision: 3, isLocalZone: false) }
}

/// A TIMESTAMP(6): microseconds since 1970-01-01T00:00:00.
@frozen
public struct TimestampMicroseconds: ColumnValue, Hashable, Sendable, BitwiseCopyable {
    /// Microseconds since 1970.
    public var microseconds: Int64

    /// Wraps a moment.
    @inlinable
    public init(_ microseconds: Int64) { self.microseconds = microseconds }

    /// TIMESTAMP(6).
    @inlinable
    public static var logicalType: LogicalType { .timestamp(precision: 6, isLocalZone: false) }
}

/// A TIMESTAMP(9): nanoseconds since 1970-01-01T00:00:00, in 128 bits for years 0 to 9999.
@frozen
public struct TimestampNanoseconds: ColumnValue, Hashable, Sendable, BitwiseCopyable {
    /// Nanoseconds since 1970.
    public var nanoseconds: Int128

    /// Wraps a moment.
    @inlinable
    public init(_ nanoseconds: Int128) { self.nanoseconds = nanoseconds }

    /// TIMESTAMP(9).
    @inlinable
    public static var logicalType: LogicalType { .timestamp(precision: 9, isLocalZone: false) }
}

/// An INTERVAL YEAR TO MONTH.
@frozen
public struct MonthInterval: ColumnValue, Hashable, Sendable, BitwiseCopyable {
    /// Months.
    public var months: Int32

    /// Wraps a number of months.
    @inlinable
    public init(months: Int32) { self.months = months }

    /// INTERVAL YEAR TO MONTH.
    @inlinable
    public static var logicalType: LogicalType { .monthInterval }
}

/// An INTERVAL DAY TO SECOND.
@frozen
public struct DayTimeInterval: ColumnValue, Hashable, Sendable, BitwiseCopyable {
    /// Milliseconds.
    public var milliseconds: Int64

    /// Wraps a duration.
    @inlinable
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// INTERVAL DAY TO SECOND.
    @inlinable
    public static var logicalType: LogicalType { .dayTimeInterval }
}
