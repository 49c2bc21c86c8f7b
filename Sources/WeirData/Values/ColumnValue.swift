/// A Swift type that a column can hold.
public protocol ColumnValue {
    /// The column type it needs, unless the column declares another of the same storage.
    static var logicalType: LogicalType { get }
    /// Whether NULL can be held.
    static var isNullable: Bool { get }
    /// Reads a row.
    static func load(_ column: ColumnReference, _ row: Int) -> Self
    /// Writes a row.
    static func store(_ value: Self, _ column: ColumnReference, _ row: Int)
}

extension ColumnValue {
    /// Values are present unless the type is an optional.
    @inlinable
    public static var isNullable: Bool { false }
}

extension ColumnValue where Self: BitwiseCopyable {
    /// Reads a fixed-width row.
    @inlinable
    public static func load(_ column: ColumnReference, _ row: Int) -> Self {
        column.load(row, as: Self.self)
    }

    /// Writes a fixed-width row.
    @inlinable
    public static func store(_ value: Self, _ column: ColumnReference, _ row: Int) {
        column.store(value, row)
        if let validity = column.validity {
            validity[row &>> 6] |= 1 &<< UInt64(row & 63)
        }
    }
}

extension Bool: ColumnValue {
    /// BOOLEAN.
    @inlinable
    public static var logicalType: LogicalType { .boolean }
}

extension Int8: ColumnValue {
    /// TINYINT.
    @inlinable
    public static var logicalType: LogicalType { .int8 }
}

extension Int16: ColumnValue {
    /// SMALLINT.
    @inlinable
    public static var logicalType: LogicalType { .int16 }
}

extension Int32: ColumnValue {
    /// INT.
    @inlinable
    public static var logicalType: LogicalType { .int32 }
}

extension Int64: ColumnValue {
    /// BIGINT.
    @inlinable
    public static var logicalType: LogicalType { .int64 }
}

extension Float: ColumnValue {
    /// FLOAT.
    @inlinable
    public static var logicalType: LogicalType { .float }
}

extension Double: ColumnValue {
    /// DOUBLE.
    @inlinable
    public static var logicalType: LogicalType { .double }
}

extension Optional: ColumnValue where Wrapped: ColumnValue {
    /// The wrapped type's.
    @inlinable
    public static var logicalType: LogicalType { Wrapped.logicalType }

    /// NULL can be held.
    @inlinable
    public static var isNullable: Bool { true }

    /// Reads a row that may be NULL.
    @inlinable
    public static func load(_ column: ColumnReference, _ row: Int) -> Wrapped? {
        column.isPresent(row) ? Wrapped.load(column, row) : nil
    }

    /// Writes a row that may be NULL.
    @inlinable
    public static func store(_ value: Wrapped?, _ column: ColumnReference, _ row: Int) {
        if let value {
            column.setPresent(row, true)
            Wrapped.store(value, column, row)
        } else {
            column.setPresent(row, false)
        }
    }
}
