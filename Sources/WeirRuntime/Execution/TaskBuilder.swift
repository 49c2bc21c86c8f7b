import WeirControl
import WeirCore
import WeirData
import WeirOperators
import WeirPlan
import WeirSnapshot
import WeirState

/// Builds the tasks of one slot, on the slot's thread.
struct TaskBuilder {
    let deployment: JobDeployment
    let world: any World
    let wiring: Wiring
    let slot: Int
    let mailbox: SlotMailbox
    let watch: SlotWatch
    let report: @Sendable (TaskEvent) -> Void
    /// Runs what blocks, for all tasks of the attempt.
    let background: BackgroundGroup
    /// The memory of the slot's keyed state.
    let memory: MemoryPool

    /// The executor with all tasks of the slot.
    ///
    /// A task that cannot be built is reported as failed.
    func makeExecutor() -> SlotExecutor {
        var tasks: [StreamTask] = []
        for vertex in deployment.graph.vertices where slot < vertex.parallelism {
            let id = TaskID(vertex: vertex.number, subtask: slot)
            do throws(WeirError) {
                tasks.append(try makeTask(vertex, id: id))
            } catch {
                report(TaskEvent(task: id, attempt: deployment.attempt, kind: .failed(error)))
            }
        }
        return SlotExecutor(
            world: world,
            mailbox: mailbox,
            attempt: deployment.attempt,
            tasks: tasks,
            watch: watch,
            report: report
        )
    }

    private func makeTask(_ vertex: JobVertex, id: TaskID) throws(WeirError) -> StreamTask {
        let background = BackgroundTable(group: self.background, task: id, mailbox: mailbox)
        let outgoing = outgoingEdges(of: vertex)
        let runners = try makeRunners(vertex, outgoing: outgoing, background: background)
        let gate = makeGate(vertex)
        try replayInFlight(vertex, into: runners)
        let attempt = deployment.attempt
        let report: (TaskEvent.Kind) -> Void = { [report] kind in
            report(TaskEvent(task: id, attempt: attempt, kind: kind))
        }
        let checkpointer = SubtaskCheckpointer(
            world: world,
            task: id,
            attempt: attempt,
            runners: runners,
            gate: gate,
            partitions: outgoing.map { edge, partition in
                SubtaskCheckpointer.OutgoingEdge(
                    partition: partition,
                    targetID: headNode(of: edge.target).id
                )
            },
            writer: SnapshotWriter(
                store: deployment.store,
                cancellation: self.background.cancellation
            ),
            background: background,
            alignedTimeout: deployment.alignedTimeout,
            report: report
        )
        return StreamTask(
            id: id,
            name: deployment.graph.name(of: vertex),
            attempt: attempt,
            world: world,
            runners: runners,
            gate: gate,
            partitions: outgoing.map(\.partition),
            checkpointer: checkpointer,
            bufferTimeout: deployment.bufferTimeout,
            droppedStates: deployment.droppedStates,
            replayEnd: replayEnd,
            report: report
        )
    }

    /// What follows the rows in flight of the restored checkpoint; nil if it has none.
    private var replayEnd: CheckpointBarrier? {
        guard let restored = deployment.restored, restored.hasInFlightRows else { return nil }
        return CheckpointBarrier(
            checkpoint: restored.checkpoint,
            attempt: deployment.attempt,
            purpose: .replayEnd,
            triggeredAt: world.clock.monotonicNanoseconds()
        )
    }

    private func headNode(of vertex: Int) -> StreamNode {
        deployment.graph.streamGraph.nodes[deployment.graph.vertices[vertex].head]
    }

    // MARK: Inputs and outputs

    private func makeGate(_ vertex: JobVertex) -> InputGate? {
        let channels = deployment.graph.edges.filter { $0.target == vertex.number }.flatMap {
            edge in
            wiring.rings[edge.number].compactMap { $0[slot] }.map {
                InputChannel(ring: $0, input: edge.input)
            }
        }
        return channels.isEmpty ? nil : InputGate(channels: channels)
    }

    private func outgoingEdges(
        of vertex: JobVertex
    ) -> [(edge: JobEdge, partition: ResultPartition)] {
        deployment.graph.edges.filter { $0.source == vertex.number }.map { edge in
            let channels = wiring.senders[edge.number][slot].compactMap { $0 }
                .map(PartitionChannel.init)
            var router: KeyGroupRouter?
            if case .hash(let columns) = edge.exchange {
                router = KeyGroupRouter(
                    schema: deployment.graph.streamGraph.nodes[edge.sourceNode]
                        .outputs[edge.output],
                    columns: columns,
                    parallelism: channels.count,
                    maxParallelism: deployment.graph.maxParallelism
                )
            }
            return (
                edge,
                ResultPartition(edge: edge, channels: channels, subtask: slot, router: router)
            )
        }
    }

    // MARK: Operators

    /// Makes the runners from the last to the first, since each needs those that it emits to.
    private func makeRunners(
        _ vertex: JobVertex,
        outgoing: [(edge: JobEdge, partition: ResultPartition)],
        background: BackgroundTable
    ) throws(WeirError) -> [OperatorRunner] {
        var made: [Int: OperatorRunner] = [:]
        for number in vertex.nodes.reversed() {
            let node = deployment.graph.streamGraph.nodes[number]
            let outputs = node.outputs.enumerated().map { index, schema in
                let chained = vertex.nodes.filter { other in
                    made[other] != nil
                        && deployment.graph.streamGraph.nodes[other].inputs.contains {
                            $0.source == number && $0.output == index
                        }
                }
                let targets: [any OutputTarget] =
                    chained.compactMap { made[$0] }
                    + outgoing.filter { $0.edge.sourceNode == number && $0.edge.output == index }
                    .map(\.partition)
                return Output(schema, capacity: deployment.batchCapacity, targets: targets)
            }
            made[number] = try makeRunner(
                node,
                subtask: Subtask(index: slot, parallelism: vertex.parallelism),
                outputs: outputs,
                background: background
            )
        }
        return vertex.nodes.compactMap { made[$0] }
    }

    private func makeRunner(
        _ node: StreamNode,
        subtask: Subtask,
        outputs: [Output],
        background: BackgroundTable
    ) throws(WeirError) -> OperatorRunner {
        let restored = try deployment.restored?.operatorState(of: node.id, subtask: subtask)
        let context = OperatorContext(
            world: world,
            operatorID: node.id,
            name: node.name,
            subtask: subtask,
            maxParallelism: deployment.graph.maxParallelism,
            job: deployment.job,
            attempt: deployment.attempt,
            dataDirectory: deployment.dataDirectory,
            batchCapacity: deployment.batchCapacity,
            outputs: outputs,
            restored: restored ?? .empty,
            keyedState: try makeKeyedState(node, subtask: subtask, background: background),
            background: { background.run($0, $1) }
        )
        let made = try deployment.factories[node.number]()
        made.attach(context)
        return OperatorRunner(
            node: node.number,
            operator: made,
            context: context,
            inputCount: (node.inputs.map(\.input).max() ?? -1) + 1
        )
    }

    /// The keyed state of an operator; nil if it has no key.
    private func makeKeyedState(
        _ node: StreamNode,
        subtask: Subtask,
        background: BackgroundTable
    ) throws(WeirError) -> KeyedStateBackend? {
        guard node.keyColumns != nil else { return nil }
        return try KeyedStateBackend(
            place: KeyedStatePlace(
                operatorID: node.id,
                operatorName: node.name,
                subtask: subtask,
                maxParallelism: deployment.graph.maxParallelism,
                attempt: deployment.attempt,
                scratchDirectory: [
                    deployment.dataDirectory, "work", "\(node.id)-\(subtask.index)",
                ].joined(separator: "/")
            ),
            files: world.files,
            images: deployment.images,
            memory: TaskMemory(sharing: memory),
            background: { background.run($0, $1) },
            cancellation: self.background.cancellation,
            restored: deployment.restored?.keyedState(of: node.id, store: deployment.store),
            dropping: deployment.droppedStates,
            policy: deployment.statePolicy
        )
    }

    // MARK: In-flight rows

    private func replayInFlight(
        _ vertex: JobVertex,
        into runners: [OperatorRunner]
    ) throws(WeirError) {
        guard let restored = deployment.restored else { return }
        let replay = InFlightReplay(
            restored: restored,
            store: deployment.store,
            graph: deployment.graph.streamGraph
        )
        for runner in runners {
            let rows = try replay.rows(
                for: deployment.graph.streamGraph.nodes[runner.node],
                subtask: runner.context.subtask,
                maxParallelism: deployment.graph.maxParallelism
            )
            for (batch, input) in rows { runner.enqueue(.batch(batch), input: input) }
        }
    }
}
