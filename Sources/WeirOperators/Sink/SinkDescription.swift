/// A sink as a program names it.
public struct SinkDescription: Sendable {
    /// What people see, and the base of the operator's identity.
    public let name: String
    /// How many writers; nil for the parallelism of the stream.
    public let parallelism: Int?
    /// Makes a writer.
    public let writer: OperatorFactory

    /// Describes a sink.
    public init(name: String, parallelism: Int? = nil, writer: @escaping OperatorFactory) {
        self.name = name
        self.parallelism = parallelism
        self.writer = writer
    }
}
