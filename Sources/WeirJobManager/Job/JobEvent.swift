import WeirControl
import WeirCore
import WeirPlan

/// What happens to a job, as its master is told.
public enum JobEvent: Sendable {
    /// What comes of a savepoint that was asked for.
    public typealias SavepointAnswer = @Sendable (Result<CheckpointID, WeirError>) -> Void

    /// A task tells something.
    case task(TaskEvent)
    /// The tasks of an attempt have outlived the job manager before; nil: they have not, or not all.
    case adoptable(AdoptedAttempt?)
    /// The tasks of an attempt could not be started, or what runs them is lost.
    case attemptFailed(Attempt, WeirError)
    /// The tasks of an attempt that was cancelled touch nothing any more.
    case attemptEnded(Attempt)
    /// The store has a manifest.
    case published(CheckpointID)
    /// The store has refused a manifest, or it is not known whether it has it.
    case publishFailed(CheckpointID, WeirError)
    /// A clean-up of checkpoints is over.
    case cleaned
    /// A person wants the job to end, with a last checkpoint.
    case stop(drain: Bool)
    /// A person wants the job to end without a last checkpoint.
    case cancel
    /// A person wants a snapshot that retention keeps.
    case savepoint(SavepointAnswer)
    /// A checkpoint is wanted now, which retention need not keep.
    case checkpoint(SavepointAnswer)
    /// The job is to go on from a checkpoint of now in another attempt: on other slots, or, with a graph,
    /// at another parallelism.
    case redeploy(JobGraph?, SavepointAnswer)
    /// What became of the checkpoint that a redeployment waited for.
    case readyToRedeploy(JobGraph?, Result<CheckpointID, WeirError>, SavepointAnswer)
}
