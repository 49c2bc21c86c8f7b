/// A job with its vertices, subtasks and plan.
public struct JobDetails: Sendable, Equatable {
    /// The job in one line.
    public var summary: JobSummary
    /// When each status was last entered; those never entered are left out.
    public var statusTimes: [JobStatus: Int64]
    /// The job's maximum parallelism, if one was set for all its vertices.
    public var maxParallelism: Int?
    /// Whether it can be stopped without a snapshot.
    public var isStoppable: Bool
    /// Its vertices, from sources to sinks.
    public var vertices: [VertexDetails]
    /// Its plan.
    public var plan: JobPlan

    /// Wraps the facts.
    public init(
        summary: JobSummary,
        statusTimes: [JobStatus: Int64],
        maxParallelism: Int? = nil,
        isStoppable: Bool = false,
        vertices: [VertexDetails],
        plan: JobPlan
    ) {
        self.summary = summary
        self.statusTimes = statusTimes
        self.maxParallelism = maxParallelism
        self.isStoppable = isStoppable
        self.vertices = vertices
        self.plan = plan
    }
}

/// What a job was started with.
public struct JobConfiguration: Sendable, Equatable {
    /// The job's name.
    public var name: String
    /// How it restarts, in words.
    public var restartStrategy: String
    /// Its default parallelism.
    public var parallelism: Int
    /// What its author set.
    public var userConfiguration: [String: String]

    /// Wraps the facts.
    public init(
        name: String,
        restartStrategy: String,
        parallelism: Int,
        userConfiguration: [String: String] = [:]
    ) {
        self.name = name
        self.restartStrategy = restartStrategy
        self.parallelism = parallelism
        self.userConfiguration = userConfiguration
    }
}

/// What Weir has to say of a job, such as "two partitions are idle".
public struct JobNotice: Sendable, Equatable {
    /// How much it matters.
    public enum Severity: String, Sendable {
        /// Good to know.
        case information
        /// Something will go wrong or already costs.
        case warning
        /// Something went wrong.
        case error
    }

    /// When it was found.
    public var time: Int64
    /// How much it matters.
    public var severity: Severity
    /// The entry of the catalogue, such as `WR-CKPT-004`.
    public var code: String
    /// What, with the values.
    public var message: String
    /// What to do; empty if nothing.
    public var fix: String

    /// Wraps the facts.
    public init(time: Int64, severity: Severity, code: String, message: String, fix: String = "") {
        self.time = time
        self.severity = severity
        self.code = code
        self.message = message
        self.fix = fix
    }
}

/// Within which bounds a vertex may be scaled.
public struct ParallelismBounds: Sendable, Equatable {
    /// The least number of subtasks with which it may run.
    public var lowerBound: Int
    /// The number of subtasks that it gets if there are slots.
    public var upperBound: Int

    /// Wraps both.
    public init(lowerBound: Int, upperBound: Int) {
        self.lowerBound = lowerBound
        self.upperBound = upperBound
    }
}
