import WeirCore
import WeirData
import WeirPlan
import WeirSnapshot

/// Deals the in-flight rows of an unaligned checkpoint out to the present subtasks.
///
/// Rows of a hash edge go where their key group is now; those of a broadcast edge are taken from the
/// first old subtask, as its broadcast state is; others go to the old subtask's number modulo the
/// parallelism.
struct InFlightReplay {
    let restored: RestoredJob
    let store: any FileStore
    let graph: StreamGraph

    /// The batches that `subtask` of a node is to take before anything else, with their input.
    func rows(
        for node: StreamNode,
        subtask: Subtask,
        maxParallelism: Int
    ) throws(WeirError) -> [(batch: Batch, input: Int)] {
        var rows: [(batch: Batch, input: Int)] = []
        for (old, _, channel) in restored.inFlight(to: node.id) {
            guard let edge = node.inputs.first(where: { $0.input == channel.input }) else {
                continue
            }
            let schema = graph.nodes[edge.source].outputs[edge.output]
            let router: KeyGroupRouter?
            switch edge.exchange {
            case .hash(let columns):
                router = KeyGroupRouter(
                    schema: schema,
                    columns: columns,
                    parallelism: subtask.parallelism,
                    maxParallelism: maxParallelism
                )
            case .broadcast:
                if old != 0 { continue }
                router = nil
            case .forward, .rebalance, .pull:
                if old % subtask.parallelism != subtask.index { continue }
                router = nil
            }
            let range = KeyGroupRange(subtask: subtask, maxParallelism: maxParallelism)
            for batch in try decode(channel.file, schema: schema) {
                if let router {
                    if let own = router.rows(of: batch, in: range) {
                        rows.append((own, channel.input))
                    }
                } else {
                    rows.append((batch, channel.input))
                }
            }
        }
        return rows
    }

    private func decode(_ file: FileHandle, schema: Schema) throws(WeirError) -> [Batch] {
        let bytes = try store.readAll(file.name)
        do throws(WeirError) {
            return try bytes.withReader { reader throws(WeirError) -> [Batch] in
                var batches: [Batch] = []
                while !reader.isAtEnd {
                    batches.append(try BatchCodec.decode(&reader, schema: schema))
                }
                return batches
            }
        } catch {
            throw WeirError(
                error.code,
                error.message,
                position: "\(store.place(of: file.name)), \(error.position)",
                reason: error.reason,
                fix: error.fix
            )
        }
    }
}
