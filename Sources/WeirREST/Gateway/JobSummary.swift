/// A job in one line.
public struct JobSummary: Sendable, Equatable {
    /// The job's id.
    public var id: String
    /// The name that its author gave it.
    public var name: String
    /// Where it stands.
    public var status: JobStatus
    /// When it was accepted.
    public var startTime: Int64
    /// When it ended; nil while it has not.
    public var endTime: Int64?
    /// When its status or that of a task last changed.
    public var lastModification: Int64
    /// Whether it adapts its parallelism to the slots that there are.
    public var isAdaptive: Bool
    /// Its tasks by state; states without a task may be left out.
    public var tasks: [ExecutionState: Int]

    /// Wraps the facts.
    public init(
        id: String,
        name: String,
        status: JobStatus,
        startTime: Int64,
        endTime: Int64? = nil,
        lastModification: Int64,
        isAdaptive: Bool = false,
        tasks: [ExecutionState: Int]
    ) {
        self.id = id
        self.name = name
        self.status = status
        self.startTime = startTime
        self.endTime = endTime
        self.lastModification = lastModification
        self.isAdaptive = isAdaptive
        self.tasks = tasks
    }

    /// Milliseconds from the start to the end, or to `now`.
    func duration(at now: Int64) -> Int64 { max(0, (endTime ?? now) - startTime) }
}
