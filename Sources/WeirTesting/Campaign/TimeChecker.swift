import Weir
import WeirOperators

/// Passes rows on, and tells if the watermark goes back.
final class TimeChecker: Operator {
    private let monitor: CampaignMonitor
    private var last = Int64.min

    init(_ monitor: CampaignMonitor) { self.monitor = monitor }

    override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        context.output.emit(batch)
        return .consumed
    }

    override func advanceWatermark(to watermark: Watermark) throws(WeirError) {
        if watermark.time < last {
            monitor.violated(
                "the watermark of \(context.name) went from \(last) to \(watermark.time)"
            )
        }
        last = watermark.time
    }
}
