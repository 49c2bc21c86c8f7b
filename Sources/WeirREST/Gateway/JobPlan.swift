/// A job's graph of chained operators.
public struct JobPlan: Sendable, Equatable {
    /// The job's id; of a plan that was not started, one that was drawn for it.
    public var jobID: String
    /// The job's name.
    public var name: String
    /// The vertices, from sinks to sources, as Flink lists them.
    public var nodes: [PlanNode]

    /// Wraps the facts.
    public init(jobID: String, name: String, nodes: [PlanNode]) {
        self.jobID = jobID
        self.name = name
        self.nodes = nodes
    }
}

/// A vertex of a plan.
public struct PlanNode: Sendable, Equatable {
    /// The vertex's id.
    public var id: String
    /// How many subtasks it has.
    public var parallelism: Int
    /// What the chain does, an operator a line.
    public var description: String
    /// Whence it gets its records.
    public var inputs: [PlanInput]

    /// Wraps the facts.
    public init(id: String, parallelism: Int, description: String, inputs: [PlanInput] = []) {
        self.id = id
        self.parallelism = parallelism
        self.description = description
        self.inputs = inputs
    }
}

/// An edge of a plan.
public struct PlanInput: Sendable, Equatable {
    /// How records find their subtask; the raw values are Flink's.
    public enum ShipStrategy: String, Sendable {
        /// To the subtask of the same number.
        case forward = "FORWARD"
        /// By the key.
        case hash = "HASH"
        /// In turn.
        case rebalance = "REBALANCE"
        /// In turn, among the near ones.
        case rescale = "RESCALE"
        /// To all.
        case broadcast = "BROADCAST"
        /// All to the first.
        case global = "GLOBAL"
        /// As a function of the user says.
        case custom = "CUSTOM"
    }

    /// The vertex that sends.
    public var vertexID: String
    /// How records find their subtask.
    public var shipStrategy: ShipStrategy

    /// Wraps both.
    public init(vertexID: String, shipStrategy: ShipStrategy) {
        self.vertexID = vertexID
        self.shipStrategy = shipStrategy
    }
}
