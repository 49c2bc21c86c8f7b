/// The failures of a job.
public struct JobFailures: Sendable, Equatable {
    /// The failures, the youngest first.
    public var entries: [JobFailure]
    /// Whether there were more than were asked for.
    public var isTruncated: Bool

    /// Wraps both.
    public init(entries: [JobFailure], isTruncated: Bool = false) {
        self.entries = entries
        self.isTruncated = isTruncated
    }
}

/// A failure of a job or a task.
public struct JobFailure: Sendable, Equatable {
    /// What kind, such as `WR-JOB-002`.
    public var name: String
    /// The whole text: what, where, why, and what to do.
    public var text: String
    /// When it happened.
    public var time: Int64
    /// What labels its author gives to failures.
    public var labels: [String: String]
    /// The task that failed, with index and attempt; nil if the job did.
    public var taskName: String?
    /// Host and port of the task manager.
    public var endpoint: String?
    /// The id of the task manager.
    public var taskManagerID: String?
    /// What failed at the same time.
    public var concurrent: [JobFailure]

    /// Wraps the facts.
    public init(
        name: String,
        text: String,
        time: Int64,
        labels: [String: String] = [:],
        taskName: String? = nil,
        endpoint: String? = nil,
        taskManagerID: String? = nil,
        concurrent: [JobFailure] = []
    ) {
        self.name = name
        self.text = text
        self.time = time
        self.labels = labels
        self.taskName = taskName
        self.endpoint = endpoint
        self.taskManagerID = taskManagerID
        self.concurrent = concurrent
    }
}
