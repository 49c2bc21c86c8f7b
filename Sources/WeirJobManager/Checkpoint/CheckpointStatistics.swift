import WeirCore

/// How the checkpoints of a job went.
public struct CheckpointStatistics: Equatable, Sendable {
    /// Checkpoints begun.
    public internal(set) var started = 0
    /// Checkpoints completed.
    public internal(set) var completed = 0
    /// Checkpoints given up.
    public internal(set) var failed = 0
    /// Answers that were refused: of another attempt, another checkpoint, or given before.
    public internal(set) var staleAnswers = 0
    /// The newest completed one.
    public internal(set) var lastCompleted = CheckpointID.none
    /// Nanoseconds that it took.
    public internal(set) var lastDuration: Int64 = 0
    /// Why the last one that failed did.
    public internal(set) var lastFailure: WeirError?

    mutating func add(completed id: CheckpointID, duration: Int64) {
        completed += 1
        lastCompleted = id
        lastDuration = duration
    }
}
