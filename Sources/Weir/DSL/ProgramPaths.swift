import WeirPlan

/// Derives the identity of each operator: its declared name, or its structural path.
///
/// The path of a stateful operator names its kind, its key and the nearest stateful operators before
/// it; stateless ones between do not count, so inserting, removing and reordering them leaves the
/// state where it is. Two stateful operators with one path are an error that asks for names;
/// stateless ones are numbered.
struct ProgramPaths {
    /// The paths, by node.
    private(set) var paths: [String] = []

    init(_ nodes: [ProgramNode]) {
        // What stands for a node in the paths of those after it.
        var anchors: [String] = []
        var counts: [String: Int] = [:]
        for node in nodes {
            let before = node.inputs.map { edge in
                edge.output == 0
                    ? anchors[edge.source] : "\(anchors[edge.source])[\(edge.output)]"
            }
            let structural = ProgramPaths.structural(node, before: before)
            if node.isStateful || node.role == .sink {
                paths.append(node.name ?? structural)
                anchors.append(paths[paths.count - 1])
            } else {
                let count = counts[structural, default: 0]
                counts[structural] = count + 1
                paths.append(node.name ?? (count == 0 ? structural : "\(structural)#\(count + 1)"))
                anchors.append(before.joined(separator: "+"))
            }
        }
    }

    private static func structural(_ node: ProgramNode, before: [String]) -> String {
        var path = node.kind
        if node.inputs.isEmpty || node.role == .source { path += ":\(node.label)" }
        if let keys = node.keyColumns, let schema = node.outputs.first {
            path += "{\(keys.map(String.init).joined(separator: ","))|\(schema.columns.count)}"
        }
        return before.isEmpty ? path : "\(path)(\(before.joined(separator: ",")))"
    }
}
