import WeirControl
import WeirCore
import WeirPlan

/// Something that a person should know.
public struct TimedNotice: Sendable, Equatable {
    /// When, in milliseconds since the epoch.
    public let time: Int64
    /// What.
    public let text: String
}

/// What is known of a job, at a moment.
public struct JobReport: Sendable {
    /// The job.
    public let id: JobID
    /// What people call it.
    public let name: String
    /// Where it and its tasks stand, and what failed.
    public let execution: ExecutionGraph
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
    public let notices: [TimedNotice]
    /// Where its snapshots are.
    public let checkpointDirectory: String
    /// Settings that differ from their defaults, by key.
    public let settings: [String: String]

    /// Where it stands.
    public var state: JobState { execution.state }

    /// The settings as values.
    ///
    /// - Throws: `unknownKey`, `badValue`; never for a job that was taken in.
    public func resolvedSettings() throws(WeirError) -> JobSettings {
        try JobSubmission.resolve(settings, of: id)
    }
}

/// What is known of a task manager, at a moment.
public struct TaskManagerSummary: Sendable {
    /// What it told of itself.
    public let description: TaskManagerDescription
    /// Slots that no job has.
    public let freeSlots: Int
    /// Nanoseconds since something came from it.
    public let silentNanoseconds: Int64
    /// Whether it gets no more work.
    public let isDraining: Bool
    /// How many of its slots each job has.
    public let slots: [JobID: Int]
}
