/// A chain of operators and its parallel subtasks.
public struct VertexDetails: Sendable, Equatable {
    /// The vertex's id.
    public var id: String
    /// The names of the chained operators.
    public var name: String
    /// How many key groups there are, and so how many subtasks there can be.
    public var maxParallelism: Int
    /// Vertices of one group share slots.
    public var slotSharingGroupID: String
    /// The subtasks, by index.
    public var subtasks: [SubtaskDetails]

    /// Wraps the facts.
    public init(
        id: String,
        name: String,
        maxParallelism: Int,
        slotSharingGroupID: String,
        subtasks: [SubtaskDetails]
    ) {
        self.id = id
        self.name = name
        self.maxParallelism = maxParallelism
        self.slotSharingGroupID = slotSharingGroupID
        self.subtasks = subtasks
    }

    /// How many subtasks there are.
    public var parallelism: Int { subtasks.count }
}

/// One parallel instance of a vertex: its present attempt.
public struct SubtaskDetails: Sendable, Equatable {
    /// Which of the instances, from 0.
    public var index: Int
    /// Where it stands.
    public var state: ExecutionState
    /// How often it was started before.
    public var attempt: Int
    /// Host and port of its task manager; nil before it has one.
    public var endpoint: String?
    /// Its task manager's id; nil before it has one.
    public var taskManagerID: String?
    /// When each state was entered; those never entered are left out.
    public var stateTimes: [ExecutionState: Int64]
    /// What it read, wrote and waited for.
    public var metrics: TaskMetrics
    /// The lowest watermark of its inputs; nil before the first, and for sources.
    public var inputWatermark: Int64?

    /// Wraps the facts.
    public init(
        index: Int,
        state: ExecutionState,
        attempt: Int = 0,
        endpoint: String? = nil,
        taskManagerID: String? = nil,
        stateTimes: [ExecutionState: Int64],
        metrics: TaskMetrics = TaskMetrics(),
        inputWatermark: Int64? = nil
    ) {
        self.index = index
        self.state = state
        self.attempt = attempt
        self.endpoint = endpoint
        self.taskManagerID = taskManagerID
        self.stateTimes = stateTimes
        self.metrics = metrics
        self.inputWatermark = inputWatermark
    }
}

/// What a task read, wrote and waited for since its attempt began.
public struct TaskMetrics: Sendable, Equatable {
    /// Bytes that came from other tasks.
    public var readBytes: Int64
    /// Bytes for other tasks.
    public var writtenBytes: Int64
    /// Records that came from other tasks.
    public var readRecords: Int64
    /// Records for other tasks.
    public var writtenRecords: Int64
    /// Milliseconds in which its output was full.
    public var backPressuredMilliseconds: Int64
    /// Milliseconds in which it had no input.
    public var idleMilliseconds: Int64
    /// Milliseconds in which it worked.
    public var busyMilliseconds: Int64

    /// Wraps the numbers.
    public init(
        readBytes: Int64 = 0,
        writtenBytes: Int64 = 0,
        readRecords: Int64 = 0,
        writtenRecords: Int64 = 0,
        backPressuredMilliseconds: Int64 = 0,
        idleMilliseconds: Int64 = 0,
        busyMilliseconds: Int64 = 0
    ) {
        self.readBytes = readBytes
        self.writtenBytes = writtenBytes
        self.readRecords = readRecords
        self.writtenRecords = writtenRecords
        self.backPressuredMilliseconds = backPressuredMilliseconds
        self.idleMilliseconds = idleMilliseconds
        self.busyMilliseconds = busyMilliseconds
    }
}
