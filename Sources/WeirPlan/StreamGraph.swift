import WeirCore

/// A program as data: nodes and the edges between them, before chaining.
///
/// Pure data: the job manager reads it without being able to name an operator.
public struct StreamGraph: Hashable, Sendable {
    /// The job's name.
    public let name: String
    /// The nodes; `nodes[i].number == i`.
    public let nodes: [StreamNode]

    /// Checks and keeps the nodes.
    ///
    /// - Throws: `badGraph` for edges to nowhere or backwards and for an empty graph;
    ///   `ambiguousName` if two nodes have one identity.
    public init(name: String, nodes: [StreamNode]) throws(WeirError) {
        self.name = name
        self.nodes = nodes
        guard !nodes.isEmpty else {
            throw WeirError(
                .badGraph,
                "The job \"\(name)\" has no operators.",
                fix: "Add a source and a sink."
            )
        }
        var seen: [OperatorID: StreamNode] = [:]
        for (index, node) in nodes.enumerated() {
            precondition(node.number == index, "node \(node.number) at index \(index)")
            if let other = seen.updateValue(node, forKey: node.id) {
                throw WeirError(
                    .ambiguousName,
                    "Two operators have the identity \"\(node.path)\": \(other.name), \(node.name).",
                    fix: "Give one of them another name with .named(\"…\")."
                )
            }
            try StreamGraph.checkEdges(of: node, in: nodes)
        }
    }

    private static func checkEdges(
        of node: StreamNode,
        in nodes: [StreamNode]
    ) throws(WeirError) {
        for edge in node.inputs {
            guard edge.source >= 0, edge.source < node.number else {
                throw WeirError(
                    .badGraph,
                    "\(node.name) reads node \(edge.source), which does not precede it."
                )
            }
            guard edge.output < nodes[edge.source].outputs.count else {
                throw WeirError(
                    .badGraph,
                    "\(node.name) reads output \(edge.output) of \(nodes[edge.source].name), "
                        + "which has \(nodes[edge.source].outputs.count)."
                )
            }
        }
        if node.inputs.isEmpty && node.role != .source {
            throw WeirError(.badGraph, "\(node.name) has no input.")
        }
    }

    /// A hash of everything that decides about deployment, which the name does not; a worker whose own
    /// graph differs refuses.
    public var fingerprint: UInt64 {
        var text = ""
        for node in nodes {
            text += "|\(node.path):\(node.role):\(node.parallelism ?? 0):\(node.keyColumns ?? [])"
            for edge in node.inputs {
                text += "<\(edge.source).\(edge.output)-\(edge.exchange)-\(edge.input)"
            }
            for schema in node.outputs { text += ">\(schema)" }
        }
        return OperatorID(path: text).hash
    }
}
