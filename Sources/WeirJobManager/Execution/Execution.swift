import WeirCore

/// Where a task stands, as Flink names it.
public enum ExecutionState: String, Sendable, CaseIterable {
    /// Nothing was done for it yet.
    case created = "CREATED"
    /// It waits for slots and for workers.
    case scheduled = "SCHEDULED"
    /// Its worker was told to start it; it restores its state.
    case deploying = "DEPLOYING"
    /// It takes rows.
    case running = "RUNNING"
    /// It has done all that there was to do.
    case finished = "FINISHED"
    /// It is being ended.
    case canceling = "CANCELING"
    /// It was ended.
    case canceled = "CANCELED"
    /// It could not go on.
    case failed = "FAILED"

    /// Whether nothing follows in the same attempt.
    public var isTerminal: Bool {
        switch self {
        case .finished, .canceled, .failed: true
        case .created, .scheduled, .deploying, .running, .canceling: false
        }
    }
}

/// One task of an attempt: where it runs, and what became of it.
public struct Execution: Sendable, Equatable {
    /// The attempt; 0 before the first.
    public internal(set) var attempt = Attempt(0)
    /// Where it stands.
    public internal(set) var state = ExecutionState.created
    /// When it came into each state of this attempt, in milliseconds since the epoch.
    public internal(set) var times: [ExecutionState: Int64] = [:]
    /// The task manager that has its slot; nil before it is known.
    public internal(set) var taskManager: String?
    /// The number of its worker; nil before it is known.
    public internal(set) var worker: UInt32?
}

/// Where the tasks of a slot run.
public struct SlotLocation: Sendable, Equatable {
    /// The task manager that has the slot.
    public let taskManager: String
    /// The number of the worker.
    public let worker: UInt32

    /// Names a place.
    public init(taskManager: String, worker: UInt32) {
        self.taskManager = taskManager
        self.worker = worker
    }
}

/// A failure of a job that is remembered.
public struct RecordedFailure: Sendable, Equatable {
    /// What went wrong.
    public let error: WeirError
    /// When, in milliseconds since the epoch.
    public let time: Int64
    /// The task that failed, as people call it; nil if it was none, or not one alone.
    public let taskName: String?
    /// Where it ran.
    public let taskManager: String?
}
