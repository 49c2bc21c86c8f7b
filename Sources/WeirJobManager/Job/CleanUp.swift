import WeirCore

/// What a clean-up of checkpoints is to do; several that came meanwhile become one.
struct CleanUp: Sendable {
    /// Delete what retention does not keep, on behalf of this attempt; nil: do not.
    private(set) var retention: Attempt?
    /// Checkpoints that were given up since, by their first id.
    private(set) var discarded: [ClosedRange<CheckpointID>] = []

    init() {}

    /// A checkpoint completed: retention also takes what was given up before it.
    mutating func addRetention(_ attempt: Attempt) {
        retention = attempt
        discarded = []
    }

    /// Checkpoints were given up; a range that begins where the last one did contains it.
    mutating func addDiscarded(_ range: ClosedRange<CheckpointID>) {
        if discarded.last?.lowerBound == range.lowerBound { discarded.removeLast() }
        discarded.append(range)
    }
}
