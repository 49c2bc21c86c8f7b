import Weir
import WeirOperators
import WeirSnapshot
import WeirState

/// What one instance of an operator has put into a checkpoint.
public struct HarnessSnapshot {
    let checkpoint: CheckpointID
    let watermark: Int64
    let entries: [OperatorStateEntry]
    let keyed: KeyedStateSnapshot
    let world: any World

    /// The non-keyed states of several instances, as one of `parallelism` new ones gets them.
    static func operatorState(
        _ snapshots: [HarnessSnapshot],
        for subtask: Subtask
    ) -> RestoredOperatorState {
        guard let first = snapshots.first else { return .empty }
        var names: [String] = []
        for entry in snapshots.flatMap(\.entries) where !names.contains(entry.name) {
            names.append(entry.name)
        }
        let entries = names.map { name in
            let parts = snapshots.compactMap { $0.entries.first { $0.name == name } }
            let all = parts.flatMap(\.elements)
            let elements: [[UInt8]] =
                switch parts[0].redistribution {
                case .union: all
                case .broadcast: parts[0].elements
                case .split:
                    all.enumerated().filter { $0.offset % subtask.parallelism == subtask.index }
                        .map(\.element)
                }
            return OperatorStateEntry(name, parts[0].redistribution, elements)
        }
        return RestoredOperatorState(
            checkpoint: first.checkpoint,
            watermark: snapshots.map(\.watermark).min() ?? EventTimes.minimum,
            entries: entries
        )
    }

    /// The keyed state of all instances.
    static func keyedState(
        _ snapshots: [HarnessSnapshot],
        store: any FileStore
    ) -> RestoredKeyedState? {
        guard let first = snapshots.first else { return nil }
        return RestoredKeyedState(
            checkpoint: first.checkpoint,
            schemas: first.keyed.schemas,
            subtasks: snapshots.enumerated().map { index, snapshot in
                SubtaskSnapshot(
                    index: index,
                    keyGroups: snapshot.keyed.keyGroups,
                    image: snapshot.keyed.image,
                    segments: snapshot.keyed.segments
                )
            },
            store: store
        )
    }
}
