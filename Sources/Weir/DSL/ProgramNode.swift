import WeirPlan

/// An operator of a program under construction.
public struct ProgramNode: Sendable {
    /// The kind of operator, part of the structural identity: `filter`, `window`, ….
    public let kind: String
    /// What people see, unless it is named.
    public let label: String
    /// The declared name.
    public internal(set) var name: String?
    /// Its part in the graph.
    public let role: StreamNode.Role
    /// How many instances; nil for the job's parallelism.
    public internal(set) var parallelism: Int?
    /// Where its rows come from.
    public let inputs: [StreamNode.Input]
    /// The schemas of its outputs, main first.
    public let outputs: [Schema]
    /// The columns of the key on input 0; nil without keyed state.
    public let keyColumns: [Int]?
    /// Whether it keeps anything in checkpoints.
    public let isStateful: Bool
    /// Whether it may share a task with its input.
    public internal(set) var allowsChaining: Bool
    /// Makes an instance.
    public let factory: OperatorFactory

    /// Describes an operator.
    public init(
        kind: String,
        label: String,
        role: StreamNode.Role,
        parallelism: Int? = nil,
        inputs: [StreamNode.Input],
        outputs: [Schema],
        keyColumns: [Int]?,
        isStateful: Bool,
        allowsChaining: Bool = true,
        factory: @escaping OperatorFactory
    ) {
        self.kind = kind
        self.label = label
        self.role = role
        self.parallelism = parallelism
        self.inputs = inputs
        self.outputs = outputs
        self.keyColumns = keyColumns
        self.isStateful = isStateful
        self.allowsChaining = allowsChaining
        self.factory = factory
    }
}
