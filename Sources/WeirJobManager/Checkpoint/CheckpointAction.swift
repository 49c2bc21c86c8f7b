import WeirCore
import WeirPlan
import WeirSnapshot

/// What the coordinator wants done, in order.
public enum CheckpointAction: Equatable, Sendable {
    /// Have these tasks emit the barrier.
    case trigger([TaskID], CheckpointBarrier)
    /// Store the manifest; answer with `manifestPublished` or `manifestFailed`.
    case publishManifest(CheckpointManifest)
    /// Tell all tasks that a checkpoint is complete: sinks commit, segments may be folded.
    case notifyComplete(CheckpointID, Attempt)
    /// Tell all tasks that a checkpoint is given up, and log why. What was prepared for it is kept
    /// and belongs to the next one, since the manifest may have been stored nevertheless.
    case notifyAborted(CheckpointID, Attempt, WeirError)
    /// Send `timerFired` at this monotonic time; replaces the one before.
    case schedule(at: Int64)
    /// Delete what retention no longer keeps.
    case clean(Attempt)
    /// Delete what was stored for these checkpoints, which were given up. A task may still be storing
    /// for one of them: those after the last completed one are named again each time. One whose
    /// manifest turns out to be stored is to be kept.
    case discard(ClosedRange<CheckpointID>)
    /// Have all sources stop reading and report `inputExhausted`; drained as if their input had
    /// ended, or suspended where they are.
    case stopSources(drain: Bool)
    /// The savepoint asked for is complete.
    case savepointCompleted(token: UInt64, CheckpointID)
    /// The savepoint asked for could not be taken.
    case savepointFailed(token: UInt64, WeirError)
    /// Restart the job, or end it as failed: too many checkpoints failed in a row.
    case failJob(WeirError)
    /// End the job as failed: it was to be stopped, and so many attempts at its last checkpoint failed
    /// in a row, the last one with this error.
    case stopFailed(failures: Int, WeirError)
    /// The job has ended: its last checkpoint is complete and all tasks have committed it. A
    /// suspended job has more input and goes on from there when it is started again.
    case finishJob(CheckpointID, isSuspended: Bool)
}
