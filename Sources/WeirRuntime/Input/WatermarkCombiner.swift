import WeirCore

/// The watermark of a reader of several channels: the least of those that count.
///
/// Idle channels do not count. Finished ones stand for the end of time, unless all have finished:
/// then the reader is as far as they were. With none active and some idle it stays where it is and
/// is idle itself (the trap of FLINK-38477, where finished inputs pushed it to the end).
struct WatermarkCombiner {
    /// The combined watermark; never falls.
    private(set) var watermark: Int64 = EventTimes.minimum
    /// The combined status.
    private(set) var status = WatermarkStatus.active

    /// What changed: a watermark to send on, a status to send on, or both.
    struct Change: Equatable {
        var watermark: Int64?
        var status: WatermarkStatus?
    }

    /// Recomputes after a channel changed.
    mutating func update(_ channels: [InputChannel]) -> Change {
        var change = Change()
        var hasActive = false
        var areAllFinished = true
        var leastActive = Int64.max
        var leastOfAll = Int64.max
        for channel in channels {
            leastOfAll = min(leastOfAll, channel.watermark)
            if channel.status != .finished { areAllFinished = false }
            if channel.status == .active {
                hasActive = true
                leastActive = min(leastActive, channel.watermark)
            }
        }
        let least = areAllFinished ? leastOfAll : leastActive
        if hasActive || areAllFinished, !channels.isEmpty, least > watermark {
            watermark = least
            change.watermark = least
        }
        let next: WatermarkStatus = areAllFinished ? .finished : (hasActive ? .active : .idle)
        if next != status, next != .finished { change.status = next }
        status = next
        return change
    }
}
