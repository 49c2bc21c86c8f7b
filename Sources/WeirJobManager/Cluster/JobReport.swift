import WeirControl
import WeirCore
import WeirPlan

/// Where a job stands, as Flink names it.
public enum JobState: String, Sendable {
    /// Its workers are being started.
    case created = "CREATED"
    /// Its tasks run.
    case running = "RUNNING"
    /// An attempt has failed; another one follows.
    case restarting = "RESTARTING"
    /// A person wants it to end at once.
    case cancelling = "CANCELLING"
    /// It was ended without a last checkpoint.
    case canceled = "CANCELED"
    /// All input was processed, or it was stopped with a last checkpoint.
    case finished = "FINISHED"
    /// It failed and does not go on by itself.
    case failed = "FAILED"
}

/// What is known of a job, at a moment.
public struct JobReport: Sendable {
    /// The job.
    public let id: JobID
    /// What people call it.
    public let name: String
    /// Where it stands.
    public let state: JobState
    /// Milliseconds since the epoch.
    public let startedAt: Int64
    /// Milliseconds since the epoch; nil while it runs.
    public let endedAt: Int64?
    /// Why it failed.
    public let failure: WeirError?
    /// Rates, checkpoints, tasks.
    public let status: JobStatus
    /// What runs.
    public let graph: JobGraph
    /// The last things that a person should know, oldest first.
    public let notices: [String]
    /// Where its snapshots are.
    public let checkpointDirectory: String
    /// Settings that differ from their defaults, by key.
    public let settings: [String: String]
}

/// What is known of a task manager, at a moment.
public struct TaskManagerSummary: Sendable {
    /// What it told of itself.
    public let description: TaskManagerDescription
    /// Slots that no job has.
    public let freeSlots: Int
    /// Nanoseconds since something came from it.
    public let silentNanoseconds: Int64
    /// Its workers, by number, with their jobs.
    public let workers: [UInt32: JobID]
}
