import WeirCore
import WeirData

/// How a column of generated rows gets its values.
///
/// Every value is a function of the seed, the column and the row's number.
public enum DatagenRule: Sendable, Equatable {
    /// `start` for row 0, one more for each row, up to `end`, where the source ends; for integers,
    /// DATE, TIMESTAMP, DECIMAL (digits before the point) and text.
    case sequence(start: Int64, end: Int64 = .max)
    /// Any value of the type; for text and bytes of 100 (Flink's default) hexadecimal digits.
    case random
    /// Whole numbers in a range; for integers, DATE (days), TIMESTAMP (its unit), intervals,
    /// DECIMAL (digits before the point).
    case integers(ClosedRange<Int64>)
    /// Numbers in a range; for FLOAT and DOUBLE.
    case numbers(ClosedRange<Double>)
    /// So many hexadecimal digits; for text and bytes.
    case text(length: Int)
    /// The row's event time; for TIMESTAMP.
    case eventTime
}

/// How a column of generated rows gets its values, and how often it has none.
public struct DatagenField: Sendable, Equatable {
    /// The column's name.
    public let column: String
    /// How values are made.
    public let rule: DatagenRule
    /// Share of rows that are NULL, 0 to 1; the column must allow it.
    public let nullRate: Double

    /// Describes a column's values.
    public init(_ column: String, _ rule: DatagenRule, nullRate: Double = 0) {
        self.column = column
        self.rule = rule
        self.nullRate = nullRate
    }
}
