/// Decides which operators share a task.
///
/// A node joins the task of its only input if that edge is `forward`, both have the same
/// parallelism, and neither chaining in general nor the node forbids it.
struct ChainingRule {
    let graph: StreamGraph
    let parallelisms: [Int]
    let isEnabled: Bool

    /// The node that `node` is chained to, or nil if it heads a task.
    func chainsTo(_ node: StreamNode) -> Int? {
        guard isEnabled, node.allowsChaining, node.inputs.count == 1, node.role != .source else {
            return nil
        }
        let edge = node.inputs[0]
        guard edge.exchange == .forward, edge.input == 0 else { return nil }
        return parallelisms[edge.source] == parallelisms[node.number] ? edge.source : nil
    }
}
