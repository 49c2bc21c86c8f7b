import WeirPlan

/// Collects a program: sources, transformations and sinks, in the order in which they are written.
///
/// Nothing runs while the program is built. `makeProgram` turns it into a graph and the factories of
/// its operators; building twice gives equal graphs, which is how a worker knows its job.
public final class StreamExecutionEnvironment {
    /// The job's name.
    public let name: String
    var nodes: [ProgramNode] = []

    /// An empty program.
    public init(name: String) { self.name = name }

    /// Adds a source; its watermarks follow from the strategy that the source was given.
    public func from<S: EventSchema>(_ source: SourceDescription, as: S.Type) -> DataStream<S> {
        var inputs: [StreamNode.Input] = []
        if let enumerator = source.enumerator {
            let node = addNode(
                ProgramNode(
                    kind: "enumerate",
                    label: source.name + " (splits)",
                    role: .source,
                    parallelism: 1,
                    inputs: [],
                    outputs: [enumerator.schema],
                    keyColumns: nil,
                    isStateful: true,
                    allowsChaining: false,
                    factory: enumerator.factory
                )
            )
            inputs = [StreamNode.Input(source: node, output: 0, exchange: .pull, input: 0)]
        }
        precondition(
            source.outputs.first == S.schema,
            "\(source.name) emits \(source.outputs[0]), not \(S.schema)"
        )
        let node = addNode(
            ProgramNode(
                kind: "source",
                label: source.name,
                role: .source,
                parallelism: source.parallelism,
                inputs: inputs,
                outputs: source.outputs,
                keyColumns: nil,
                isStateful: true,
                allowsChaining: false,
                factory: source.reader
            )
        )
        return DataStream(environment: self, node: node, output: 0)
    }

    /// Adds an operator; DSL methods and extensions outside of Weir do.
    ///
    /// Returns its number, which further operators name as their input.
    public func addNode(_ node: ProgramNode) -> Int {
        nodes.append(node)
        return nodes.count - 1
    }

    /// Gives an operator a name, which is its identity from then on.
    func setName(_ name: String, of node: Int) { nodes[node].name = name }

    /// The program as a graph, with the factories of its operators.
    ///
    /// - Throws: `badGraph`, `ambiguousName`.
    public func makeProgram() throws(WeirError) -> Program {
        let paths = ProgramPaths(nodes).paths
        let graph = try StreamGraph(
            name: name,
            nodes: nodes.enumerated().map { number, node in
                StreamNode(
                    number: number,
                    path: paths[number],
                    name: node.name ?? node.label,
                    role: node.role,
                    parallelism: node.parallelism,
                    inputs: node.inputs,
                    outputs: node.outputs,
                    keyColumns: node.keyColumns,
                    isStateful: node.isStateful,
                    allowsChaining: node.allowsChaining
                )
            }
        )
        return Program(graph: graph, factories: nodes.map(\.factory))
    }
}

/// A program ready to be deployed.
public struct Program: Sendable {
    /// What runs.
    public let graph: StreamGraph
    /// Makes the operators, by node.
    public let factories: [OperatorFactory]
}
