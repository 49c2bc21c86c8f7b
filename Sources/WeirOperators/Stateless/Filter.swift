import WeirCore
import WeirData

/// Decides about the rows of a batch: writes the indices of those that stay, returns how many.
public typealias FilterKernel = (
    // SAFETY: kernels are called by `Filter` only, with the columns and the selected rows of a
    // batch that it holds, and with room for as many indices as there are rows.
    _ columns: UnsafeMutablePointer<ColumnReference>, _ rows: RowSelection,
    _ kept: UnsafeMutablePointer<UInt16>
) -> Int

/// The kernel of a condition on rows; specialised where it is called.
@inlinable
public func makeFilterKernel<S: EventSchema>(
    _ condition: @escaping (RowView<S>) -> Bool
) -> FilterKernel {
    { columns, rows, kept in
        var count = 0
        if let indices = rows.indices {
            for position in 0..<rows.count {
                let row = Int(indices[position])
                kept[count] = UInt16(truncatingIfNeeded: row)
                count &+= condition(RowView(columns, row: row)) ? 1 : 0
            }
        } else {
            for row in rows.first..<(rows.first &+ rows.count) {
                kept[count] = UInt16(truncatingIfNeeded: row)
                count &+= condition(RowView(columns, row: row)) ? 1 : 0
            }
        }
        return count
    }
}

/// Keeps the rows that satisfy a condition; they are selected, not moved.
public final class Filter: Operator {
    private let kernel: FilterKernel
    private var selections = SelectionPool()

    /// A filter with this kernel (`makeFilterKernel`).
    public init(_ kernel: @escaping FilterKernel) { self.kernel = kernel }

    /// Selects and passes on.
    public override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        let rows = RowSelection(batch, from: position)
        // One more than rows: the kernel writes each index before it knows whether the row stays.
        let kept = selections.take(capacity: rows.count + 1)
        let count = kernel(batch.columnReferences, rows, kept.indices)
        guard count > 0 else { return .consumed }
        if count < batch.rowCount {
            kept.setCount(count)
            batch.select(kept)
        }
        context.output.emit(batch)
        return .consumed
    }
}
