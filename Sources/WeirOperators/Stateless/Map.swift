import WeirCore
import WeirData

/// Writes one output row for each of some input rows, from output row `target` on.
public typealias MapKernel = (
    // SAFETY: kernels are called by `Map` only, with batches that it holds; the output batch has
    // room for `rows.count` rows from `target` on.
    _ columns: UnsafeMutablePointer<ColumnReference>, _ rows: RowSelection,
    _ output: UnsafeMutablePointer<ColumnReference>, _ target: Int
) -> Void

/// The kernel of a row-by-row transformation; times go along unless the closure sets them.
@inlinable
public func makeMapKernel<In: EventSchema, Out: EventSchema>(
    _ transform: @escaping (RowView<In>, RowWriter<Out>) -> Void
) -> MapKernel {
    { columns, rows, output, target in
        rows.copyTimes(columns, to: output, at: target)
        for position in 0..<rows.count {
            transform(
                RowView(columns, row: rows[position]),
                RowWriter(output, row: target &+ position)
            )
        }
    }
}

/// Makes one row of each row.
public final class Map: Operator {
    private let kernel: MapKernel

    /// A map with this kernel (`makeMapKernel`).
    public init(_ kernel: @escaping MapKernel) { self.kernel = kernel }

    /// Prepares the output.
    public override func open() throws(WeirError) { context.output.builder.setsTimes = true }

    /// Fills output batches; stops between them if there is no room.
    public override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        let builder = context.output.builder
        var next = position
        let end = batch.count
        while next < end {
            if next > position, context.output.isFull { return .suspended(at: next) }
            let target = builder.batch
            let count = min(builder.room, end - next)
            let rows = RowSelection(batch, from: next, count: count)
            kernel(batch.columnReferences, rows, target.columnReferences, builder.rowCount)
            if let kinds = batch.rowKinds {
                let copied = target.makeRowKinds().kinds + builder.rowCount
                for index in 0..<count { copied[index] = kinds.kinds[rows[index]] }
            }
            builder.advance(count)
            next += count
        }
        return .consumed
    }
}
