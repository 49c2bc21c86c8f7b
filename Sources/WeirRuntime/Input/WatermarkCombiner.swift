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
    mutating func update(_ channels: [(watermark: Int64, status: WatermarkStatus)]) -> Change {
        var change = Change()
        let active = channels.filter { $0.status == .active }
        let areAllFinished = channels.allSatisfy { $0.status == .finished }
        let counted = areAllFinished ? channels : active
        if let least = counted.map(\.watermark).min(), least > watermark {
            watermark = least
            change.watermark = least
        }
        let next: WatermarkStatus =
            areAllFinished ? .finished : (active.isEmpty ? .idle : .active)
        if next != status, next != .finished { change.status = next }
        status = next
        return change
    }
}
