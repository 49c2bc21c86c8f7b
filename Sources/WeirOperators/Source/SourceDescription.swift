import WeirData

/// A source as a program names it: what it emits, and how its operators are made.
///
/// A connector makes one; the program's graph gets a node for the enumerator (if there is one),
/// with parallelism 1, and a node for the readers.
public struct SourceDescription: Sendable {
    /// The vertex that finds splits and deals them out.
    public struct Enumerator: Sendable {
        /// The schema of split assignments.
        public let schema: Schema
        /// Makes the enumerator, a `SourceOperator` without inputs.
        public let factory: OperatorFactory

        /// Describes an enumerator.
        public init(schema: Schema, factory: @escaping OperatorFactory) {
            self.schema = schema
            self.factory = factory
        }
    }

    /// What people see, and the base of the operators' identity.
    public let name: String
    /// The schema of the rows, then those of side outputs such as dead letters.
    public let outputs: [Schema]
    /// How many readers; nil for the job's parallelism.
    public let parallelism: Int?
    /// What deals out splits; nil if the readers know their own.
    public let enumerator: Enumerator?
    /// Makes a reader, a `SourceOperator`.
    public let reader: OperatorFactory

    /// Describes a source.
    public init(
        name: String,
        outputs: [Schema],
        parallelism: Int? = nil,
        enumerator: Enumerator? = nil,
        reader: @escaping OperatorFactory
    ) {
        self.name = name
        self.outputs = outputs
        self.parallelism = parallelism
        self.enumerator = enumerator
        self.reader = reader
    }
}
