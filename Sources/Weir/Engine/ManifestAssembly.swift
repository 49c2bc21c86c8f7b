import WeirCore
import WeirPlan
import WeirRuntime
import WeirSnapshot

/// Puts the parts of all tasks together to the manifest of a checkpoint.
struct ManifestAssembly {
    let graph: JobGraph
    let parts: [TaskID: TaskSnapshot]

    func manifest(
        barrier: CheckpointBarrier,
        triggeredAt: Int64,
        completedAt: Int64
    ) -> CheckpointManifest {
        var states: [OperatorID: [StateSchema]] = [:]
        var subtasks: [OperatorID: [Int: SubtaskSnapshot]] = [:]
        for task in parts.keys.sorted() {
            for part in parts[task]?.parts ?? [] {
                states[part.operatorID, default: []] = part.states
                subtasks[part.operatorID, default: [:]][part.subtask.index] = part.subtask
            }
        }
        for task in parts.keys.sorted() {
            for rows in parts[task]?.inFlight ?? [] {
                subtasks[rows.operatorID, default: [:]][
                    rows.subtask,
                    default: SubtaskSnapshot(index: rows.subtask)
                ].channels.append(rows.channel)
            }
        }
        let parallelisms = Dictionary(
            uniqueKeysWithValues: graph.vertices.flatMap { vertex in
                vertex.nodes.map { ($0, vertex.parallelism) }
            }
        )
        let operators = graph.streamGraph.nodes.compactMap { node -> OperatorSnapshot? in
            guard let own = subtasks[node.id] else { return nil }
            return OperatorSnapshot(
                id: node.id,
                name: node.name,
                path: node.path,
                parallelism: parallelisms[node.number] ?? 1,
                states: states[node.id] ?? [],
                subtasks: Array(own.values)
            )
        }
        return CheckpointManifest(
            jobID: graph.streamGraph.name,
            jobName: graph.streamGraph.name,
            checkpoint: barrier.checkpoint,
            attempt: barrier.attempt,
            purpose: barrier.purpose == .final ? .final : .checkpoint,
            isUnaligned: parts.values.contains(where: \.isUnaligned),
            triggeredAt: triggeredAt,
            completedAt: completedAt,
            maxParallelism: graph.maxParallelism,
            operators: operators
        )
    }
}
