import WeirCore
import WeirData

/// Parts the rows that their own split's watermark has passed from the others.
///
/// A row is late if its event time is not after the watermark of its split just before it. That
/// depends on the order of rows in the split alone, so a restart or another parallelism parts the
/// same rows; and no window takes a row that is not late for late.
public final class LateSplit: Operator {
    /// Output 0 gets the rows in time, output 1 the late ones.
    public override init() { super.init() }

    /// Selects both parts and passes them on.
    public override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        let rows = RowSelection(batch, from: position)
        let times = batch.eventTimes
        let watermarks = batch.splitWatermarks
        let inTime = Selection(capacity: rows.count + 1)
        let late = Selection(capacity: rows.count + 1)
        var counts = (inTime: 0, late: 0)
        for index in 0..<rows.count {
            let row = rows[index]
            let number = UInt16(truncatingIfNeeded: row)
            // A row at the beginning of all time is late only if a watermark has been there.
            if times[row] <= watermarks[row], watermarks[row] > Int64.min {
                late.indices[counts.late] = number
                counts.late += 1
            } else {
                inTime.indices[counts.inTime] = number
                counts.inTime += 1
            }
        }
        context.metrics.rowsLate += Int64(counts.late)
        inTime.setCount(counts.inTime)
        late.setCount(counts.late)
        if counts.late > 0 {
            let part = batch.aliased()
            part.select(late)
            context.outputs[1].emit(part)
        }
        if counts.inTime > 0 {
            batch.select(inTime)
            context.output.emit(batch)
        }
        return .consumed
    }
}
