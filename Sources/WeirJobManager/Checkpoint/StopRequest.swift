import WeirCore

/// A person's wish that the job ends, and how often its last checkpoint could not be taken since.
struct StopRequest: Sendable {
    /// As if its input had ended, instead of suspended where it is.
    let drains: Bool
    /// Checkpoints and attempts that failed since the request or the last success.
    private var failures = 0

    init(drains: Bool) { self.drains = drains }

    /// Something failed; returns what is to be told if it is not tried again.
    mutating func failed(_ error: WeirError) -> CheckpointAction? {
        failures += 1
        guard failures >= CheckpointPolicy.stopAttempts else { return nil }
        return .stopFailed(failures: failures, error)
    }

    /// A checkpoint completed.
    mutating func succeeded() { failures = 0 }
}
