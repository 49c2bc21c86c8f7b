import WeirControl
import WeirCore
import WeirOperators
import WeirPlan
import WeirRuntime
import WeirSnapshot
import WeirState
import WeirTransport

/// What a worker's main thread does: commands in, reports out.
final class WorkerThread: Steppable {
    /// The token of the task manager's socket.
    static let connectionToken = 1

    private let world: any World
    private let launch: WorkerLaunch
    private let program: Program
    private let images: (any ImageFactory)?
    private let dataPlane: DataPlane
    private let connection: FramedConnection
    private let poller: any Poller
    /// What tasks tell, from their threads.
    private let events: EventQueue<TaskEvent>
    private var job: JobScope?
    /// The highest epoch of a leader that a command came from.
    private var epoch = LeaderEpoch.none
    /// The highest attempt that was deployed or cancelled.
    private var attempt = Attempt(0)
    private var slots: SlotGroup?
    /// What a new leader is told of the attempt that is deployed; nil: none is.
    private var deployed: DeployedPart?
    private var hasEnded = false
    private var hasSaidHello = false

    init(
        world: any World,
        launch: WorkerLaunch,
        program: Program,
        images: (any ImageFactory)?,
        dataPlane: DataPlane,
        connection: FramedConnection,
        poller: any Poller
    ) {
        self.world = world
        self.launch = launch
        self.program = program
        self.images = images
        self.dataPlane = dataPlane
        self.connection = connection
        self.poller = poller
        events = EventQueue(parker: poller)
    }

    func step() -> StepOutcome {
        var isBusy = false
        do throws(WeirError) {
            try sayHello()
            _ = poller.takeReady()
            isBusy = try receive()
            for event in events.takeAll() {
                deployed?.note(event)
                report(.task(event))
            }
            try connection.flush()
        } catch {
            // Without its task manager nobody knows of this worker.
            hasEnded = true
        }
        if hasEnded {
            end()
            return .finished
        }
        return .park(until: isBusy ? world.clock.monotonicNanoseconds() : nil)
    }

    private func sayHello() throws(WeirError) {
        guard !hasSaidHello else { return }
        hasSaidHello = true
        try connection.watch(poller, token: Self.connectionToken)
        report(
            .ready(
                processID: world.processes.processID,
                dataPort: dataPlane.address.port,
                graphFingerprint: program.graph.fingerprint
            )
        )
    }

    private func report(_ report: WorkerReport) {
        guard !connection.send(report, stream: launch.number, epoch: epoch) else { return }
        guard case .task(let event) = report, case .acknowledged(let checkpoint, _) = event.kind
        else { return }
        // Too long for one message: the checkpoint fails, and nothing else.
        let declined = TaskEvent.Kind.declined(checkpoint, SnapshotLimit.error)
        self.report(.task(TaskEvent(task: event.task, attempt: event.attempt, kind: declined)))
    }

    /// Takes commands in; whether there may be more.
    private func receive() throws(WeirError) -> Bool {
        let received = try connection.receive { frame throws(WeirError) in
            let sent = LeaderEpoch(frame.epoch)
            guard sent >= epoch else { return }
            epoch = sent
            handle(try connection.message(WorkerCommand.self, in: frame))
        }
        switch received {
        case .everything: return false
        case .part: return true
        case .end:
            hasEnded = true
            return false
        }
    }

    private func handle(_ command: WorkerCommand) {
        switch command {
        case .deploy(let deployment): deploy(deployment)
        case .trigger(let tasks, let barrier):
            guard barrier.attempt == attempt else { return }
            noteMet(barrier.checkpoint)
            slots?.trigger(tasks, barrier.triggered(at: world.clock.monotonicNanoseconds()))
        case .tell(let attempt, let command):
            guard attempt == self.attempt else { return }
            if case .completed(let checkpoint, _) = command { noteCompleted(checkpoint) }
            slots?.tell(command)
        case .cancel(let attempt): cancel(attempt)
        case .end: hasEnded = true
        case .describe:
            report(
                .standing(
                    WorkerStanding(
                        dataPort: dataPlane.address.port,
                        graphFingerprint: program.graph.fingerprint,
                        deployed: deployed
                    )
                )
            )
        }
    }

    private func noteMet(_ checkpoint: CheckpointID) {
        guard let highest = deployed?.highest else { return }
        deployed?.highest = max(highest, checkpoint)
    }

    private func noteCompleted(_ checkpoint: CheckpointID) {
        noteMet(checkpoint)
        guard let completed = deployed?.completed else { return }
        deployed?.completed = max(completed, checkpoint)
    }

    // MARK: Attempts

    private func deploy(_ deployment: Deployment) {
        guard deployment.attempt > attempt else { return }
        stopSlots()
        attempt = deployment.attempt
        deployed = DeployedPart(
            attempt: deployment.attempt,
            slots: deployment.slots,
            workers: deployment.workers,
            own: deployment.own
        )
        do throws(WeirError) {
            let described = try WorkerDeployment(
                deployment,
                launch: launch,
                program: program,
                images: images,
                job: scope(of: deployment.job),
                dataPlane: dataPlane,
                world: world
            ).described()
            let events = self.events
            slots = SlotGroup(described, world: world) { events.post($0) }
        } catch {
            deployed?.failure = error
            report(.attemptFailed(deployment.attempt, error))
        }
    }

    /// What the job holds in this process, over all attempts.
    private func scope(of id: JobID) -> JobScope {
        if let job, job.id == id { return job }
        job?.release()
        let scope = JobScope(id)
        job = scope
        return scope
    }

    private func cancel(_ cancelled: Attempt) {
        guard cancelled >= attempt else { return }
        attempt = cancelled
        deployed = nil
        stopSlots()
        report(.attemptEnded(cancelled))
    }

    /// Waits for the tasks' threads, and for their work on I/O threads.
    private func stopSlots() {
        slots?.shutDown { report(.notice(WaitNotice.text($0))) }
        slots = nil
    }

    private func end() {
        stopSlots()
        job?.release()
        connection.close()
        dataPlane.shutDown()
    }
}
