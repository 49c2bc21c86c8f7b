import WeirCore

/// The sorted states of one operator, and their part in snapshots.
///
/// Each key group of each state is an element of a union list; a restored subtask takes those of
/// its own key groups, so any parallelism may follow.
final class SortedStates {
    private(set) var states: [SortedState] = []
    private static let prefix = "sorted:"

    /// Registers a state.
    func register(_ name: String, _ context: OperatorContext) throws(WeirError) -> SortedState {
        if states.contains(where: { $0.name == name }) {
            throw WeirError(
                .ambiguousName,
                "The operator \(context.name) has two states named \(name).",
                position: context.name,
                fix: "Give one of them another name."
            )
        }
        let range = KeyGroupRange(subtask: context.subtask, maxParallelism: context.maxParallelism)
        let state = SortedState(name, range)
        states.append(state)
        return state
    }

    /// Fills the states from the last snapshot.
    func restore(_ context: OperatorContext) throws(WeirError) {
        for state in states {
            for element in context.restored.elements(SortedStates.prefix + state.name) {
                try state.restore(element)
            }
        }
    }

    /// Adds the states to a snapshot.
    func snapshot(_ snapshot: StateSnapshotContext) {
        for state in states {
            let entry = OperatorStateEntry(
                SortedStates.prefix + state.name,
                .union,
                state.encoded()
            )
            snapshot.add(entry)
        }
    }
}
