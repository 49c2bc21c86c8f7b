/// Where a job stands in its life; the raw values are Flink's.
public enum JobStatus: String, Sendable, CaseIterable {
    /// Accepted, not yet scheduled.
    case initializing = "INITIALIZING"
    /// Its graph is made; no task runs yet.
    case created = "CREATED"
    /// At least one task was deployed.
    case running = "RUNNING"
    /// A task failed; the others are being ended.
    case failing = "FAILING"
    /// Ended by a failure.
    case failed = "FAILED"
    /// Its tasks are being ended by order.
    case cancelling = "CANCELLING"
    /// Ended by order.
    case canceled = "CANCELED"
    /// Came to its end.
    case finished = "FINISHED"
    /// Waits for its next attempt.
    case restarting = "RESTARTING"
    /// Given up by this job manager, to be continued by another.
    case suspended = "SUSPENDED"
    /// A new job manager is collecting the tasks that still run.
    case reconciling = "RECONCILING"

    /// Whether nothing follows any more.
    public var isTerminal: Bool {
        self == .failed || self == .canceled || self == .finished
    }
}

/// Where a task stands in its life; the raw values are Flink's.
public enum ExecutionState: String, Sendable, CaseIterable {
    /// Known, without a slot.
    case created = "CREATED"
    /// Waits for a slot.
    case scheduled = "SCHEDULED"
    /// Sent to its task manager.
    case deploying = "DEPLOYING"
    /// Restores its state.
    case initializing = "INITIALIZING"
    /// Processes.
    case running = "RUNNING"
    /// Came to its end.
    case finished = "FINISHED"
    /// Is being ended by order.
    case canceling = "CANCELING"
    /// Ended by order.
    case canceled = "CANCELED"
    /// Ended by a failure.
    case failed = "FAILED"
    /// A new job manager is looking for it.
    case reconciling = "RECONCILING"

    /// Whether nothing follows any more.
    public var isTerminal: Bool {
        self == .finished || self == .canceled || self == .failed
    }
}
