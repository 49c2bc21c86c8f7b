import WeirCore
import WeirPlan
import WeirSnapshot

/// When an event happened, in both senses of time.
public struct Moment: Hashable, Sendable {
    /// Nanoseconds that only grow.
    public let monotonic: Int64
    /// Milliseconds since the epoch.
    public let wall: Int64

    /// Wraps both.
    public init(monotonic: Int64, wall: Int64) {
        self.monotonic = monotonic
        self.wall = wall
    }

    /// Asks a clock.
    public init(_ clock: any Clock) {
        self.init(monotonic: clock.monotonicNanoseconds(), wall: clock.wallMilliseconds())
    }
}

/// What happens around the coordinator.
public enum CheckpointEvent: Sendable {
    /// Tasks are being started, for the first time or again. Answers of earlier attempts are stale.
    /// `highest` is the highest checkpoint id that the store has ever seen.
    case attemptStarted(Attempt, highest: CheckpointID)
    /// The tasks of an attempt outlived the job manager that had started them. `highest` is the highest
    /// checkpoint id that a task or the store has seen; `completed` is the newest checkpoint whose
    /// manifest is stored, and `isFinal` whether the job's end follows it.
    case attemptAdopted(Attempt, highest: CheckpointID, completed: CheckpointID, isFinal: Bool)
    /// All tasks of the attempt run: barriers can reach them.
    case allTasksRunning(Attempt)
    /// The attempt has failed, or could not be started; another one follows after `attemptStarted`.
    case attemptFailed(WeirError)
    /// The time of an earlier `schedule` has come.
    case timerFired
    /// A task has reached a phase of a checkpoint.
    case phaseReached(TaskID, Attempt, CheckpointID, CheckpointPhase)
    /// A task's part of a checkpoint is stored.
    case acknowledged(TaskID, Attempt, CheckpointID, TaskSnapshot)
    /// A task cannot take part in a checkpoint.
    case declined(TaskID, Attempt, CheckpointID, WeirError)
    /// A source task has no more rows; it lives on to take barriers. Of other tasks it is ignored.
    case inputExhausted(TaskID, Attempt)
    /// A task is no more, and this was its last state; later checkpoints contain it.
    case taskFinished(TaskID, Attempt, TaskSnapshot)
    /// A task has committed what a completed checkpoint allowed.
    case committed(TaskID, Attempt, CheckpointID)
    /// The manifest of a checkpoint is in the store.
    case manifestPublished(CheckpointID)
    /// The manifest of a checkpoint could not be stored, or it is not known whether it was.
    case manifestFailed(CheckpointID, WeirError)
    /// A person wants a savepoint; `token` names the request.
    case savepointRequested(token: UInt64)
    /// A checkpoint is wanted now, which retention need not keep; `token` names the request. Savepoint
    /// actions answer it.
    case checkpointRequested(token: UInt64)
    /// A person wants the job to end: drained as if its input had ended, or suspended where it is.
    /// After a few failures in a row it ends without a last checkpoint.
    case stopRequested(drain: Bool)
}
