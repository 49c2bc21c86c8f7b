import Weir
import WeirOperators

/// Passes rows on, tells if the watermark goes back, and throws what it is told to.
final class TimeChecker: Operator {
    private let monitor: CampaignMonitor
    private let errors: CampaignErrors
    private var last = Int64.min

    init(_ monitor: CampaignMonitor, _ errors: CampaignErrors) {
        self.monitor = monitor
        self.errors = errors
    }

    override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        if let error = errors.next() { throw error }
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
