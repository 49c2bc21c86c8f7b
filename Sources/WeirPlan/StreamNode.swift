import WeirCore
import WeirData

/// A step of the program as written: one operator before chaining.
public struct StreamNode: Hashable, Sendable {
    /// What it does in the graph.
    public enum Role: String, Hashable, Sendable {
        /// Makes rows without an input of rows; takes barriers from the coordinator.
        case source
        /// Takes rows, emits rows.
        case transformation
        /// Takes rows, hands them to the outside.
        case sink
    }

    /// An edge that ends at the node.
    public struct Input: Hashable, Sendable {
        /// The node that the rows come from.
        public let source: Int
        /// Which output of it: 0 main, then side outputs.
        public let output: Int
        /// How they find their instance.
        public let exchange: Exchange
        /// Which input of this node: 0, or 1 for the second side of a join or connect.
        public let input: Int

        /// Describes an edge.
        public init(source: Int, output: Int, exchange: Exchange, input: Int) {
            self.source = source
            self.output = output
            self.exchange = exchange
            self.input = input
        }
    }

    /// Position in the graph, from 0; sources come before what reads them.
    public let number: Int
    /// The identity that state is found by.
    public let id: OperatorID
    /// What the id was hashed from: the declared name, or the structural path.
    public let path: String
    /// What people see.
    public let name: String
    /// Its part in the graph.
    public let role: Role
    /// How many instances; nil for the job's parallelism.
    public let parallelism: Int?
    /// Where its rows come from.
    public let inputs: [Input]
    /// The schemas of its outputs, main first.
    public let outputs: [Schema]
    /// The columns of the key on input 0 that its keyed state follows; nil without keyed state.
    public let keyColumns: [Int]?
    /// Whether it keeps anything in checkpoints.
    public let isStateful: Bool
    /// Whether it may be chained to its input.
    public let allowsChaining: Bool

    /// Describes a node.
    public init(
        number: Int,
        path: String,
        name: String,
        role: Role,
        parallelism: Int?,
        inputs: [Input],
        outputs: [Schema],
        keyColumns: [Int]?,
        isStateful: Bool,
        allowsChaining: Bool
    ) {
        self.number = number
        id = OperatorID(path: path)
        self.path = path
        self.name = name
        self.role = role
        self.parallelism = parallelism
        self.inputs = inputs
        self.outputs = outputs
        self.keyColumns = keyColumns
        self.isStateful = isStateful
        self.allowsChaining = allowsChaining
    }
}
