import WeirControl
import WeirCore
import WeirPlan

/// What a job manager's thread is asked, or told by the masters of its jobs.
enum ClusterEvent: Sendable {
    /// Brings an attempt of a job to its workers, or ends it.
    case schedule(JobID, JobScheduler.Event)
    /// Have tasks of a job draw the line of a checkpoint.
    case trigger(JobID, [TaskID], CheckpointBarrier)
    /// Tell all tasks of a job something.
    case tell(JobID, TaskCommand)
    /// A job's status, some times a second.
    case status(JobID, JobStatus)
    /// Something about a job that a person should know.
    case notice(JobID, String)
    /// A job's master has ended.
    case ended(JobID, JobOutcome, JobStatus)
    /// The directory of a job is prepared, or could not be.
    case prepared(JobID, Result<PreparedJob, WeirError>)
    /// The record of a job is stored, or could not be.
    case recorded(JobID, WeirError?)
    /// A request from outside; runs on the job manager's thread.
    case request(@Sendable (ClusterThread) -> Void)
    /// End.
    case stop
}
