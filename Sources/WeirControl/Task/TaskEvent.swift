import WeirCore
import WeirPlan
import WeirSnapshot

/// What a task tells its coordinator.
///
/// Carries the attempt; others are ignored.
public struct TaskEvent: Sendable {
    /// The task.
    public let task: TaskID
    /// The run that it belongs to.
    public let attempt: Attempt
    /// What happened.
    public let kind: Kind

    /// What happened.
    public enum Kind: Sendable {
        /// It has opened its operators and runs.
        case running
        /// It has come to a phase of a checkpoint.
        case reached(CheckpointID, CheckpointPhase)
        /// Its part of a checkpoint is on the disk.
        case acknowledged(CheckpointID, TaskSnapshot)
        /// It cannot take part in a checkpoint.
        case declined(CheckpointID, WeirError)
        /// All its inputs, or its source, have ended, and what followed from that is done.
        case ended
        /// It has committed what a completed checkpoint allowed.
        case committed(CheckpointID)
        /// It cannot go on.
        case failed(WeirError)
        /// Its operators are closed; it touches nothing any more.
        case closed
        /// Its counters, at most some times a second.
        case metrics(TaskMetrics)
        /// Ages of latency markers that arrived, in nanoseconds.
        case latencies([Int64])
    }

    /// Makes an event.
    public init(task: TaskID, attempt: Attempt, kind: Kind) {
        self.task = task
        self.attempt = attempt
        self.kind = kind
    }
}
