import WeirCore
import WeirPlan
import WeirTransport

/// The running slots of one attempt of a job in this process.
public final class SlotGroup: Sendable {
    private let mailboxes: [SlotMailbox]
    private let threads: [any RunningThread]
    private let background: BackgroundGroup

    /// Connects the tasks by rings and starts a thread per slot; the tasks open there.
    public init(
        _ deployment: JobDeployment,
        world: any World,
        report: @escaping @Sendable (TaskEvent) -> Void
    ) {
        let parkers = (0..<deployment.slotCount).map { _ in world.threads.makeParker() }
        let mailboxes = parkers.map { SlotMailbox(parker: $0) }
        let wiring = Wiring(deployment, parkers: parkers)
        let background = BackgroundGroup(threads: world.threads, clock: world.clock)
        self.mailboxes = mailboxes
        self.background = background
        threads = parkers.indices.map { slot in
            world.threads.run(name: "weir-slot-\(slot)", parker: parkers[slot]) {
                let builder = TaskBuilder(
                    deployment: deployment,
                    world: world,
                    wiring: wiring,
                    slot: slot,
                    mailbox: mailboxes[slot],
                    report: report,
                    background: background,
                    memory: MemoryPool(limitBytes: deployment.slotStateMemory)
                )
                return builder.makeExecutor()
            }
        }
    }

    /// Asks tasks to draw the line of a checkpoint: those that no barrier reaches by a channel.
    public func trigger(_ tasks: [TaskID], _ barrier: CheckpointBarrier) {
        for task in tasks { mailboxes[task.subtask].post(.trigger(task, barrier)) }
    }

    /// Sends a message to every slot.
    public func broadcast(_ message: SlotMailbox.Message) {
        for mailbox in mailboxes { mailbox.post(message) }
    }

    /// Closes all tasks, and waits for their threads and for their work on I/O threads, which is told
    /// to stop early: afterwards nothing uses the attempt's directories.
    ///
    /// - Parameter stillWaiting: Called now and then with the number of pieces of work that still run.
    public func shutDown(stillWaiting: (Int) -> Void) {
        background.cancellation.cancel()
        broadcast(.shutDown)
        for thread in threads { thread.join() }
        background.wait(stillWaiting: stillWaiting)
    }
}

/// The rings of an attempt, made before the threads start and handed to both ends.
struct Wiring: Sendable {
    /// By edge, sending subtask, receiving subtask; nil where a forward edge has no ring.
    let rings: [[[RingChannel?]]]

    init(_ deployment: JobDeployment, parkers: [any Parker]) {
        let vertices = deployment.graph.vertices
        rings = deployment.graph.edges.map { edge in
            (0..<vertices[edge.source].parallelism).map { sender in
                (0..<vertices[edge.target].parallelism).map { receiver in
                    if edge.exchange == .forward, sender != receiver { return nil }
                    return RingChannel(
                        softCapacity: edge.exchange == .pull ? 1 : deployment.channelCapacity,
                        producer: parkers[sender],
                        consumer: parkers[receiver]
                    )
                }
            }
        }
    }
}
