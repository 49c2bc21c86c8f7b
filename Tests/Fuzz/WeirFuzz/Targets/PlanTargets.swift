import WeirControl
import WeirCore
import WeirData
import WeirJobManager
import WeirPlan
import WeirRuntime
import WeirSnapshot

/// Plans of jobs, and snapshots that are to fit one.
enum PlanTargets {
    static let all = [streamGraph, restore]

    private static let roles: [StreamNode.Role] = [.source, .transformation, .sink]

    /// The graph that a job's executable prints.
    private static let streamGraph = Target(name: "stream-graph") { chance in
        let inputs = (0..<3).map { _ in graph(&chance).encoded() }
        return Sample(inputs) { bytes throws(WeirError) in
            let graph = try StreamGraph(decoding: [UInt8](bytes))
            deploy(graph)
            return roundTrip(graph, encode: { $0.encoded() }) { bytes throws(WeirError) in
                try StreamGraph(decoding: bytes)
            }
        }
    }

    /// Does with a plan what a job manager does.
    private static func deploy(_ graph: StreamGraph) {
        _ = graph.fingerprint
        guard
            let job = try? JobGraph(graph, parallelism: 2, maxParallelism: 16),
            job.vertices.count < 100
        else { return }
        _ = job.readers
        _ = job.slotCount
        let plan = CheckpointPlan(jobID: "job", graph: job)
        var execution = ExecutionGraph(job, at: 0)
        for task in plan.tasks { execution.handle(.running(task, Attempt(1)), at: 1) }
        for vertex in job.vertices { _ = job.name(of: vertex) }
    }

    static func graph(_ chance: inout Chance) -> StreamGraph {
        var nodes: [StreamNode] = []
        for number in 0..<(1 + chance.below(5)) {
            let readable = nodes.filter { !$0.outputs.isEmpty }
            let isSource = readable.isEmpty || chance.happens(20)
            nodes.append(
                StreamNode(
                    number: number,
                    path: "\(number)-" + chance.text(),
                    name: chance.text(),
                    role: isSource ? .source : chance.choose([.transformation, .sink]),
                    parallelism: chance.flag() ? nil : 1 + chance.number(below: 1000),
                    inputs: isSource
                        ? []
                        : (0..<(1 + chance.below(2))).map { input in
                            let source = chance.choose(readable)
                            return StreamNode.Input(
                                source: source.number,
                                output: chance.below(source.outputs.count),
                                exchange: exchange(&chance),
                                input: input
                            )
                        },
                    outputs: (0..<chance.below(3)).map { _ in chance.schema(most: 2) },
                    keyColumns: chance.flag() ? nil : columns(&chance),
                    isStateful: chance.flag(),
                    allowsChaining: chance.flag()
                )
            )
        }
        do {
            return try StreamGraph(name: chance.text(), nodes: nodes)
        } catch {
            preconditionFailure("a valid graph is refused: \(error)")
        }
    }

    private static func columns(_ chance: inout Chance) -> [Int] {
        (0..<chance.below(4)).map { _ in chance.number(below: 1 << 20) }
    }

    private static func exchange(_ chance: inout Chance) -> Exchange {
        switch chance.below(5) {
        case 0: .forward
        case 1: .rebalance
        case 2: .broadcast
        case 3: .pull
        default: .hash(columns: columns(&chance))
        }
    }

    // MARK: Restores

    /// A manifest that a job is to go on from.
    private static let restore = Target(name: "restore") { chance in
        var chosen: JobGraph?
        while chosen == nil {
            chosen = try? JobGraph(graph(&chance), parallelism: 2, maxParallelism: 16)
        }
        guard let job = chosen else { preconditionFailure("a graph was chosen") }
        let known = Array(Set(job.streamGraph.nodes.map(\.id)))
        let inputs = (0..<3).map { _ in
            chance.manifest(known: known, maxParallelism: 16).encoded()
        }
        return Sample(inputs, mayRefuse: true, seal: SnapshotTargets.sealManifest) {
            bytes throws(WeirError) in
            let manifest = try CheckpointManifest(decoding: [UInt8](bytes), name: "a manifest")
            let match = try SnapshotMatch(manifest, for: job)
            let restored = try RestoredJob(manifest, for: job)
            for vertex in job.vertices {
                for node in vertex.nodes {
                    let id = job.streamGraph.nodes[node].id
                    let subtask = Subtask(index: 0, parallelism: vertex.parallelism)
                    _ = try restored.operatorState(of: id, subtask: subtask)
                }
            }
            return match.checkpoint == manifest.checkpoint ? nil : "another checkpoint"
        }
    }
}
