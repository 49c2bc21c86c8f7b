import WeirData

/// Rows of the batch at hand that came too late.
struct LateRows {
    private var rows: [Int] = []

    /// Notes a row.
    mutating func append(_ row: Int) { rows.append(row) }

    /// Counts the rows, sends them to a side output if that is wanted, and forgets them.
    mutating func flush(
        _ batch: Batch,
        _ context: OperatorContext,
        emits: Bool,
        to output: Int = 1
    ) {
        guard !rows.isEmpty else { return }
        context.metrics.rowsLate += Int64(rows.count)
        if emits {
            let selection = Selection(capacity: rows.count)
            for (index, row) in rows.enumerated() {
                selection.indices[index] = UInt16(truncatingIfNeeded: row)
            }
            selection.setCount(rows.count)
            let late = batch.aliased()
            late.select(selection)
            context.outputs[output].emit(late)
        }
        rows.removeAll(keepingCapacity: true)
    }
}
