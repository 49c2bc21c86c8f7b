import WeirCore
import WeirData

/// What is made of a window when it fires.
public enum WindowFunction {
    /// The aggregate of its rows, kept as an accumulator.
    case aggregate(AccumulatorKernels)
    /// Anything, of all rows, which are kept.
    case process(WindowProcessKernel)

    /// What is kept for it, as text.
    var format: String {
        switch self {
        case .aggregate(let kernels): kernels.format
        case .process: "rows"
        }
    }
}

/// Gives all rows of a window to user code: rows, how many, a row with the key, window, builder.
public typealias WindowProcessKernel = (
    _ rows: UnsafeMutablePointer<ColumnReference>, _ count: Int,
    _ key: UnsafeMutablePointer<ColumnReference>, _ window: WindowBounds, _ builder: BatchBuilder
) -> Void

/// The rows of a window, in the order of their times.
@frozen
public struct WindowRows<S: EventSchema>: RandomAccessCollection {
    // SAFETY: made for the time of a call from a batch of `count` rows, which the caller keeps.
    @usableFromInline let columns: UnsafeMutablePointer<ColumnReference>
    /// How many rows.
    public let count: Int

    /// Rows 0 to `count - 1` of a batch.
    @inlinable
    public init(_ columns: UnsafeMutablePointer<ColumnReference>, count: Int) {
        self.columns = columns
        self.count = count
    }

    /// Nought.
    @inlinable
    public var startIndex: Int { 0 }
    /// The number of rows.
    @inlinable
    public var endIndex: Int { count }
    /// A row.
    @inlinable
    public subscript(position: Int) -> RowView<S> { RowView(columns, row: position) }
}

/// The kernel of a function of all rows of a window; specialised where it is called.
@inlinable
public func makeWindowProcessKernel<S: EventSchema, Out: EventSchema>(
    _ process: @escaping (WindowRows<S>, RowView<S>, WindowBounds, Collector<Out>) -> Void
) -> WindowProcessKernel {
    { rows, count, key, window, builder in
        process(
            WindowRows(rows, count: count),
            RowView(key, row: 0),
            window,
            Collector(
                builder,
                eventTime: window.maxTimestamp,
                splitWatermark: EventTimes.minimum
            )
        )
    }
}
