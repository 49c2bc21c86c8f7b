/// Numbers of task managers, slots and jobs.
public struct ClusterOverview: Sendable, Equatable {
    /// Registered task managers.
    public var taskManagers: Int
    /// Slots of all of them.
    public var slotsTotal: Int
    /// Slots that no job has.
    public var slotsAvailable: Int
    /// Jobs that have not ended.
    public var jobsRunning: Int
    /// Jobs that came to the end of their input or were stopped.
    public var jobsFinished: Int
    /// Jobs that were cancelled.
    public var jobsCanceled: Int
    /// Jobs that failed for good.
    public var jobsFailed: Int

    /// Wraps the numbers.
    public init(
        taskManagers: Int,
        slotsTotal: Int,
        slotsAvailable: Int,
        jobsRunning: Int,
        jobsFinished: Int,
        jobsCanceled: Int,
        jobsFailed: Int
    ) {
        self.taskManagers = taskManagers
        self.slotsTotal = slotsTotal
        self.slotsAvailable = slotsAvailable
        self.jobsRunning = jobsRunning
        self.jobsFinished = jobsFinished
        self.jobsCanceled = jobsCanceled
        self.jobsFailed = jobsFailed
    }
}

/// A key of the configuration and its value.
public struct ConfigurationEntry: Sendable, Equatable {
    /// The key, such as `execution.checkpointing.interval`.
    public var key: String
    /// The value as text.
    public var value: String

    /// Wraps both.
    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}
