/// A DECIMAL: `unscaled * 10^-scale`, up to 38 digits.
@frozen
public struct Decimal: Hashable, Sendable, BitwiseCopyable {
    /// The digits as an integer.
    public var unscaled: Int128
    /// Digits behind the point, 0 to 38.
    public var scale: Int

    /// Wraps digits and scale.
    @inlinable
    public init(unscaled: Int128, scale: Int) {
        self.unscaled = unscaled
        self.scale = scale
    }
}

extension Decimal: ColumnValue {
    /// DECIMAL(38, 18), as Flink's default for big decimals; columns declare their own.
    @inlinable
    public static var logicalType: LogicalType { .decimal(precision: 38, scale: 18) }

    /// Reads a row; the scale is the column's.
    @inlinable
    public static func load(_ column: ColumnReference, _ row: Int) -> Decimal {
        Decimal(unscaled: column.load(row, as: Int128.self), scale: column.parameter)
    }

    /// Writes a row.
    ///
    /// - Precondition: the value's scale is the column's.
    @inlinable
    public static func store(_ value: Decimal, _ column: ColumnReference, _ row: Int) {
        precondition(
            value.scale == column.parameter,
            "DECIMAL of scale \(value.scale) stored in a column of scale \(column.parameter)"
        )
        column.store(value.unscaled, row)
        if column.validity != nil { column.setPresent(row, true) }
    }
}
