/// A row of a batch as a kernel sees it: a pointer and an index, 2 to 4 ns an access.
///
/// Valid only inside the closure that receives it. `S` makes a column of another schema a compile
/// error.
@frozen
public struct RowView<S: EventSchema> {
    // SAFETY: made by loops over the rows of a batch, so that `row` is below its row count, and
    // handed only to closures that do not keep it.
    /// Where the columns lie.
    public let columns: UnsafeMutablePointer<ColumnReference>
    /// The row's index in its batch.
    public let row: Int

    /// A view of one row.
    @inlinable
    public init(_ columns: UnsafeMutablePointer<ColumnReference>, row: Int) {
        self.columns = columns
        self.row = row
    }

    /// The value of a column.
    @inlinable
    public subscript<T: ColumnValue>(_ column: SchemaColumn<S, T>) -> T {
        T.load(columns[column.index], row)
    }

    /// The row's event time, in milliseconds since the epoch.
    @inlinable
    public var eventTime: Int64 { columns[-1].load(row, as: Int64.self) }

    /// The watermark of the row's own split just before the row.
    @inlinable
    public var splitWatermark: Int64 { columns[-2].load(row, as: Int64.self) }
}

/// A row under construction.
///
/// Valid only inside the closure that receives it. A column that is not set holds what an earlier
/// row of a recycled batch left there, so set each one.
@frozen
public struct RowWriter<S: EventSchema> {
    /// Where the columns lie.
    public let columns: UnsafeMutablePointer<ColumnReference>
    /// The row's index in its batch.
    public let row: Int

    /// A writer of one row.
    @inlinable
    public init(_ columns: UnsafeMutablePointer<ColumnReference>, row: Int) {
        self.columns = columns
        self.row = row
    }

    /// Sets a column; also reads back what was set.
    @inlinable
    public subscript<T: ColumnValue>(_ column: SchemaColumn<S, T>) -> T {
        get { T.load(columns[column.index], row) }
        nonmutating set { T.store(newValue, columns[column.index], row) }
    }

    /// The row's event time, in milliseconds; it starts as the input row's.
    @inlinable
    public var eventTime: Int64 {
        get { columns[-1].load(row, as: Int64.self) }
        nonmutating set { columns[-1].store(newValue, row) }
    }
}
