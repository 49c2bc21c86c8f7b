import WeirCore
import WeirData

/// Takes the rows that user code emits for one input row.
@frozen
public struct Collector<S: EventSchema> {
    @usableFromInline let builder: BatchBuilder
    @usableFromInline let eventTime: Int64
    @usableFromInline let splitWatermark: Int64

    /// Collects into a builder; rows start with these times.
    @inlinable
    public init(_ builder: BatchBuilder, eventTime: Int64, splitWatermark: Int64) {
        self.builder = builder
        self.eventTime = eventTime
        self.splitWatermark = splitWatermark
    }

    /// Emits a row that `fill` writes; its event time starts as the input row's.
    @inlinable
    public func emit(_ fill: (RowWriter<S>) -> Void) {
        let row = builder.rowCount
        let writer = RowWriter<S>(builder.batch.columnReferences, row: row)
        writer.columns[-1].store(eventTime, row)
        writer.columns[-2].store(splitWatermark, row)
        fill(writer)
        builder.advance()
    }
}

/// Emits what one row becomes.
public typealias FlatMapKernel = (
    // SAFETY: kernels are called by `FlatMap` only, with the columns of a batch that it holds and a
    // row of that batch.
    _ columns: UnsafeMutablePointer<ColumnReference>, _ row: Int, _ builder: BatchBuilder
) -> Void

/// The kernel of a transformation of a row into any number of rows.
@inlinable
public func makeFlatMapKernel<In: EventSchema, Out: EventSchema>(
    _ transform: @escaping (RowView<In>, Collector<Out>) -> Void
) -> FlatMapKernel {
    { columns, row, builder in
        let view = RowView<In>(columns, row: row)
        transform(
            view,
            Collector(
                builder,
                eventTime: view.eventTime,
                splitWatermark: view.splitWatermark
            )
        )
    }
}

/// Makes any number of rows of each row; stops between rows when the output is full.
public final class FlatMap: Operator {
    private let kernel: FlatMapKernel

    /// A flat map with this kernel (`makeFlatMapKernel`).
    public init(_ kernel: @escaping FlatMapKernel) { self.kernel = kernel }

    /// Runs the kernel on each row.
    public override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        let builder = context.output.builder
        let columns = batch.columnReferences
        let rows = RowSelection(batch, from: position)
        for index in 0..<rows.count {
            if index > 0, context.output.isFull { return .suspended(at: position + index) }
            kernel(columns, rows[index], builder)
        }
        return .consumed
    }
}
