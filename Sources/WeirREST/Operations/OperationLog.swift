import WeirCore

/// Which operations there are and how far each came.
///
/// Bounded: a new operation makes the oldest finished one forgotten; those under way are never.
package struct OperationLog {
    /// Operations that are kept, under way and finished.
    let limit: Int
    private var states: [OperationKey: OperationState] = [:]
    /// Finished operations, the oldest first.
    private var finished: [OperationKey] = []

    /// An empty log.
    package init(limit: Int) {
        precondition(limit > 0, "a log of \(limit) operations")
        self.limit = limit
    }

    /// Notes that an operation begins; false if there is one of this key already.
    ///
    /// - Throws: `serverBusy` if as many are under way as may be.
    package mutating func begun(_ key: OperationKey) throws(WeirError) -> Bool {
        guard states[key] == nil else { return false }
        if states.count >= limit {
            guard !finished.isEmpty else {
                throw WeirError(
                    .serverBusy,
                    "\(limit) operations are under way, as many as there may be.",
                    fix: "wait until one of them has ended, and send the request again."
                )
            }
            states[finished.removeFirst()] = nil
        }
        states[key] = .inProgress
        return true
    }

    /// Notes how an operation ended.
    package mutating func ended(_ key: OperationKey, _ state: OperationState) {
        precondition(states[key] == .inProgress, "\(key) ended, and is \(states[key] as Any)")
        precondition(state != .inProgress, "\(key) ended in progress")
        states[key] = state
        finished.append(key)
    }

    /// How far an operation came; nil if it is not known, or forgotten.
    package func state(of key: OperationKey) -> OperationState? { states[key] }
}
