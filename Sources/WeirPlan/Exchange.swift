/// How the rows of an edge find the parallel instance that takes them.
public enum Exchange: Hashable, Sendable {
    /// Instance i to instance i; both sides have the same parallelism.
    case forward
    /// In turn, skipping instances that have no room.
    case rebalance
    /// Each row to every instance.
    case broadcast
    /// By the key in these columns: to the owner of its key group.
    case hash(columns: [Int])
    /// To an instance that asks for more: split assignments.
    case pull
}
