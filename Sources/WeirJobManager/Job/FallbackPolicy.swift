import WeirCore

/// Decides after which checkpoints the fallback copy is made anew.
///
/// Pure. The first one at once, so that a young job has a copy, too; then one an interval.
struct FallbackPolicy {
    /// Nanoseconds; nil: there is no copy.
    private let interval: Int64?
    private var dueAt: Int64?

    /// A policy of the setting; zero: no copies.
    init(interval: Duration) {
        self.interval = interval > .zero ? interval.wholeNanoseconds : nil
    }

    /// An attempt starts at `now` (monotonic nanoseconds), with or without a copy that it could use.
    mutating func attemptStarted(hasCopy: Bool, now: Int64) {
        guard let interval else { return }
        if !hasCopy {
            dueAt = now
        } else if dueAt == nil {
            // A job that has just started has enough to do.
            dueAt = now + interval
        }
    }

    /// A checkpoint is complete; returns whether it is to be copied now.
    mutating func completed(now: Int64) -> Bool {
        guard let interval, let dueAt, now >= dueAt else { return false }
        self.dueAt = now + interval
        return true
    }
}
