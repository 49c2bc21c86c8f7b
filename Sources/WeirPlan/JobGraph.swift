import WeirCore

/// Operators that run in one task, one after the other without an exchange between them.
public struct JobVertex: Hashable, Sendable {
    /// Position in the graph, from 0.
    public let number: Int
    /// The nodes, the head first, each after the one that feeds it.
    public let nodes: [Int]
    /// How many tasks.
    public let parallelism: Int

    /// Describes a vertex.
    public init(number: Int, nodes: [Int], parallelism: Int) {
        self.number = number
        self.nodes = nodes
        self.parallelism = parallelism
    }

    /// The node that takes the vertex's inputs.
    public var head: Int { nodes[0] }
}

/// An exchange between two vertices.
public struct JobEdge: Hashable, Sendable {
    /// Position in the graph, from 0.
    public let number: Int
    /// The vertex that sends.
    public let source: Int
    /// The node that sends, and which of its outputs.
    public let sourceNode: Int
    /// Which output of the node.
    public let output: Int
    /// The vertex that receives; its head takes the rows.
    public let target: Int
    /// Which input of the head.
    public let input: Int
    /// How rows find their instance.
    public let exchange: Exchange
}

/// A job ready to be deployed: vertices after chaining, and the exchanges between them.
public struct JobGraph: Hashable, Sendable {
    /// The program it was made from.
    public let streamGraph: StreamGraph
    /// The vertices; `vertices[i].number == i`.
    public let vertices: [JobVertex]
    /// The exchanges; `edges[i].number == i`.
    public let edges: [JobEdge]
    /// Number of key groups; an upper bound of the parallelism for the whole life of the state.
    public let maxParallelism: Int

    /// Chains the nodes of a program (see `ChainingRule`).
    ///
    /// - Throws: `badGraph` if a parallelism is below 1 or above `maxParallelism`.
    public init(
        _ graph: StreamGraph,
        parallelism: Int,
        maxParallelism: Int,
        isChainingEnabled: Bool = true
    ) throws(WeirError) {
        streamGraph = graph
        self.maxParallelism = maxParallelism
        let parallelisms = graph.nodes.map { $0.parallelism ?? parallelism }
        for (node, count) in zip(graph.nodes, parallelisms)
        where count < 1 || count > maxParallelism {
            throw WeirError(
                .badGraph,
                "\(node.name) has parallelism \(count); 1 to \(maxParallelism) is allowed.",
                fix: "Choose a parallelism up to pipeline.max-parallelism."
            )
        }
        let rule = ChainingRule(
            graph: graph,
            parallelisms: parallelisms,
            isEnabled: isChainingEnabled
        )
        var chains: [[Int]] = []
        var vertexOf: [Int] = []
        for node in graph.nodes {
            if let source = rule.chainsTo(node) {
                vertexOf.append(vertexOf[source])
                chains[vertexOf[source]].append(node.number)
            } else {
                vertexOf.append(chains.count)
                chains.append([node.number])
            }
        }
        vertices = chains.enumerated().map { index, nodes in
            JobVertex(number: index, nodes: nodes, parallelism: parallelisms[nodes[0]])
        }
        edges = JobGraph.makeEdges(
            graph,
            rule: rule,
            vertexOf: vertexOf,
            parallelisms: parallelisms
        )
    }

    private static func makeEdges(
        _ graph: StreamGraph,
        rule: ChainingRule,
        vertexOf: [Int],
        parallelisms: [Int]
    ) -> [JobEdge] {
        var edges: [JobEdge] = []
        for node in graph.nodes where rule.chainsTo(node) == nil {
            for input in node.inputs {
                var exchange = input.exchange
                if exchange == .forward, parallelisms[input.source] != parallelisms[node.number] {
                    exchange = .rebalance
                }
                edges.append(
                    JobEdge(
                        number: edges.count,
                        source: vertexOf[input.source],
                        sourceNode: input.source,
                        output: input.output,
                        target: vertexOf[node.number],
                        input: input.input,
                        exchange: exchange
                    )
                )
            }
        }
        return edges
    }

    /// The vertices that make the rows of sources: readers, not the enumerators that deal out splits.
    public var readers: [Int] {
        let enumerators = Set(edges.filter { $0.exchange == .pull }.map(\.source))
        return vertices.filter {
            streamGraph.nodes[$0.head].role == .source && !enumerators.contains($0.number)
        }.map(\.number)
    }

    /// Slots needed: the highest parallelism, since a slot runs one instance of every vertex.
    public var slotCount: Int { vertices.map(\.parallelism).max() ?? 1 }

    /// A vertex's name: its operators' names joined by arrows.
    public func name(of vertex: JobVertex) -> String {
        vertex.nodes.map { streamGraph.nodes[$0].name }.joined(separator: " -> ")
    }
}
