import WeirCore
import WeirPlan
import WeirSnapshot

/// What a snapshot and a job have in common: whether the job can go on from it, and what it leaves behind.
public struct SnapshotMatch: Sendable {
    /// The checkpoint.
    public let checkpoint: CheckpointID
    /// What can be given up: names and ids of operators with state that are not in the job, and names
    /// of keyed states, whose fit shows when operators open them.
    public let droppable: Set<String>
    private let keptNames: Set<String>

    /// Matches the operators of a snapshot with those of a job.
    ///
    /// State of the operators in `dropped`, by name or id, may be left behind.
    /// - Throws: `unmatchedState` if state finds no operator, `maxParallelismChanged`.
    public init(
        _ manifest: CheckpointManifest,
        for graph: JobGraph,
        dropped: Set<String> = []
    ) throws(WeirError) {
        guard manifest.maxParallelism == graph.maxParallelism else {
            throw WeirError(
                .maxParallelismChanged,
                "Checkpoint \(manifest.checkpoint) has \(manifest.maxParallelism) key groups, the "
                    + "job \(graph.maxParallelism).",
                reason: "The number of key groups is fixed for the life of the state.",
                fix: "Set pipeline.max-parallelism to \(manifest.maxParallelism)."
            )
        }
        let known = Set(graph.streamGraph.nodes.map(\.id))
        let lost = manifest.operators.filter { !known.contains($0.id) && $0.holdsState }
        for snapshot in lost {
            let isDropped =
                dropped.contains(snapshot.name) || dropped.contains(snapshot.id.description)
            guard isDropped else { throw Self.unmatched(snapshot, manifest.checkpoint) }
        }
        let states = manifest.operators.flatMap(\.states).filter { !$0.isRetired }
        droppable = Set(lost.flatMap { [$0.name, $0.id.description] } + states.map(\.name))
        keptNames = Set(
            manifest.operators.filter { known.contains($0.id) }
                .flatMap { [$0.name, $0.id.description] }
        )
        checkpoint = manifest.checkpoint
    }

    /// Whether an operator with this name or id is in the job and goes on with its state.
    public func isKept(_ name: String) -> Bool { keptNames.contains(name) }

    private static func unmatched(
        _ snapshot: OperatorSnapshot,
        _ checkpoint: CheckpointID
    ) -> WeirError {
        WeirError(
            .unmatchedState,
            "Checkpoint \(checkpoint) holds state of \"\(snapshot.name)\" "
                + "(\(snapshot.id)), which is no operator of the job.",
            reason: "It was renamed, removed, or moved to another place in the program.",
            fix: "Name it \"\(snapshot.path)\" with .named(…), or give up its state with "
                + "--drop-state \"\(snapshot.name)\"."
        )
    }
}
