import WeirControl
import WeirCore
import WeirOperators
import WeirPlan
import WeirTransport

/// The running slots of one attempt of a job in this process.
public final class SlotGroup: Sendable {
    private let mailboxes: [Int: SlotMailbox]
    private let watches: [Int: SlotWatch]
    private let graph: JobGraph
    private let threads: [any RunningThread]
    private let background: BackgroundGroup
    private let detach: @Sendable () -> Void

    /// Connects the tasks and starts a thread per slot of this process; the tasks open there.
    public init(
        _ deployment: JobDeployment,
        world: any World,
        report: @escaping @Sendable (TaskEvent) -> Void
    ) {
        let slots = deployment.placement.localSlots
        let parkers = Dictionary(
            uniqueKeysWithValues: slots.map { ($0, world.threads.makeParker()) }
        )
        let mailboxes = parkers.mapValues { SlotMailbox(parker: $0) }
        let wiring = Wiring(deployment, parkers: parkers)
        let background = BackgroundGroup(threads: world.threads, clock: world.clock)
        let watches = mailboxes.mapValues { _ in SlotWatch() }
        self.mailboxes = mailboxes
        self.watches = watches
        graph = deployment.graph
        self.background = background
        detach = SlotGroup.attach(deployment, wiring, slots, report)
        threads = slots.compactMap { slot in
            guard let parker = parkers[slot], let mailbox = mailboxes[slot],
                let watch = watches[slot]
            else { return nil }
            return world.threads.run(name: "weir-slot-\(slot)", parker: parker) {
                let builder = TaskBuilder(
                    deployment: deployment,
                    world: world,
                    wiring: wiring,
                    slot: slot,
                    mailbox: mailbox,
                    watch: watch,
                    report: report,
                    background: background,
                    memory: MemoryPool(limitBytes: deployment.slotStateMemory)
                )
                return builder.makeExecutor()
            }
        }
    }

    /// Connects the channels that lead to and from other workers; returns what ends them.
    ///
    /// A connection that fails is reported as the failure of a task.
    private static func attach(
        _ deployment: JobDeployment,
        _ wiring: Wiring,
        _ slots: [Int],
        _ report: @escaping @Sendable (TaskEvent) -> Void
    ) -> @Sendable () -> Void {
        guard let connections = deployment.placement.connections, let slot = slots.first else {
            return {}
        }
        let (job, attempt) = (deployment.job.id, deployment.attempt)
        let vertex = deployment.graph.vertices.first { slot < $0.parallelism }?.number ?? 0
        let task = TaskID(vertex: vertex, subtask: slot)
        connections.dataPlane.attach(
            DataPlaneAttempt(
                job: job,
                attempt: attempt,
                token: connections.token,
                own: deployment.placement.own,
                addresses: connections.addresses,
                outputs: wiring.outputs,
                inputs: wiring.inputs,
                onFailure: { error in
                    report(TaskEvent(task: task, attempt: attempt, kind: .failed(error)))
                }
            )
        )
        return { connections.dataPlane.detach(job, attempt) }
    }

    /// Asks tasks to draw the line of a checkpoint: those of this process that no barrier reaches by a
    /// channel.
    public func trigger(_ tasks: [TaskID], _ barrier: CheckpointBarrier) {
        for task in tasks { mailboxes[task.subtask]?.post(.trigger(task, barrier)) }
    }

    /// Tells all tasks something.
    public func tell(_ command: TaskCommand) { broadcast(.command(command)) }

    private func broadcast(_ message: SlotMailbox.Message) {
        for mailbox in mailboxes.values { mailbox.post(message) }
    }

    /// The tasks that are in a step now, by slot.
    public var steps: [Int: StepWatchdog.Step] { watches.compactMapValues(\.current) }

    /// What people call a task.
    public func name(of task: TaskID) -> String {
        "\(graph.name(of: graph.vertices[task.vertex])) (\(task))"
    }

    /// Closes all tasks, and waits for their threads and for their work on I/O threads, which is told
    /// to stop early: afterwards nothing uses the attempt's directories.
    ///
    /// - Parameter stillWaiting: Called now and then with the number of pieces of work that still run.
    public func shutDown(stillWaiting: (Int) -> Void) {
        background.cancellation.cancel()
        broadcast(.shutDown)
        for thread in threads { thread.join() }
        detach()
        background.wait(stillWaiting: stillWaiting)
    }
}
