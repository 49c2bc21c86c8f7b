/// From when on the next checkpoint may start after some have failed; times in nanoseconds.
///
/// From one start to the next it takes twice as long with each failure in a row, so that a disk which
/// is full is not asked without a pause. Nobody who waits for a checkpoint has to wait that long.
struct CheckpointBackOff: Sendable {
    /// Checkpoints that failed since one completed.
    private(set) var failuresInARow = 0
    /// Nothing that comes by itself starts before.
    private(set) var start = Int64.min
    /// Nothing that a person waits for starts before: a savepoint, the last one of a job to be stopped.
    private(set) var askedStart = Int64.min

    /// A checkpoint that started at `started` failed at `now`.
    mutating func failed(started: Int64, now: Int64, _ policy: CheckpointPolicy) {
        failuresInARow += 1
        let interval = policy.interval ?? CheckpointPolicy.retryPause
        let longest = max(interval, CheckpointPolicy.longestBackOff)
        var delay = interval
        for _ in 1..<failuresInARow where delay < longest { delay = min(2 * delay, longest) }
        start = max(started + delay, now + policy.minimumPause)
        askedStart = max(
            started + min(delay, CheckpointPolicy.retryPause),
            now + min(policy.minimumPause, CheckpointPolicy.retryPause)
        )
    }

    /// A checkpoint completed, or the job starts again: nothing counts any more.
    mutating func reset() { self = CheckpointBackOff() }
}
