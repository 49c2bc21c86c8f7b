import WeirCore
import WeirData

/// The watermark generator of one split: a function of the rows' order alone.
///
/// It stamps each row with the split's watermark just before it, which is what decides about
/// lateness later. It is part of the source's snapshot (`watermark`).
public struct SplitWatermarks {
    /// The split's watermark after the last row, in milliseconds.
    public private(set) var watermark: Int64
    private let strategy: WatermarkStrategy

    /// A generator that continues from `watermark`.
    public init(_ strategy: WatermarkStrategy, from watermark: Int64 = EventTimes.minimum) {
        self.strategy = strategy
        self.watermark = watermark
    }

    /// Sets event times and split watermarks of rows `range`, in their order.
    public mutating func stamp(_ batch: Batch, _ range: Range<Int>) {
        strategy.timestamps?(batch, range)
        let splitWatermarks = batch.splitWatermarks
        var current = watermark
        switch strategy.generator {
        case .none:
            for row in range { splitWatermarks[row] = current }
        case .boundedDisorder(let bound):
            let times = batch.eventTimes
            let back = bound + 1
            for row in range {
                splitWatermarks[row] = current
                let time = times[row]
                // A row without a time does not move the watermark, and must not wrap around.
                let candidate = time < Int64.min + back ? Int64.min : time &- back
                current = max(current, candidate)
            }
        case .punctuated(let mark):
            for row in range {
                splitWatermarks[row] = current
                if let next = mark(batch, row) { current = max(current, next) }
            }
        }
        watermark = current
    }
}
