import WeirControl
import WeirCore
import WeirOperators
import WeirPlan
import WeirRuntime
import WeirSnapshot
import WeirState
import WeirTransport

/// What a worker's main thread does: commands in, reports out.
///
/// It never waits for tasks: its signs of life would not come while it does.
final class WorkerThread: Steppable {
    /// What comes from other threads.
    private enum Event: Sendable {
        /// What tasks tell.
        case task(TaskEvent)
        /// Something that a person should know.
        case notice(String)
        /// The tasks of an attempt that was ended touch nothing any more.
        case slotsEnded
    }

    /// What is to be done once the tasks that are being ended have ended.
    private enum Next {
        case deploy(Deployment)
        case tellEnded(Attempt)
        case nothing
    }

    /// The token of the task manager's socket.
    static let connectionToken = 1

    private let world: any World
    private let launch: WorkerLaunch
    private let program: Program
    private let images: (any ImageFactory)?
    private let dataPlane: DataPlane
    private let connection: FramedConnection
    private let poller: any Poller
    private let events: EventQueue<Event>
    private var job: JobScope?
    /// The highest epoch of a leader that a command came from.
    private var epoch = LeaderEpoch.none
    /// The highest attempt that was deployed or cancelled.
    private var attempt = Attempt(0)
    private var slots: SlotGroup?
    private var watchdog = StepWatchdog()
    /// What follows the end of the tasks that are being ended; nil: none are.
    private var next: Next?
    /// When the next sign of life is due.
    private var heartbeatAt: Int64 = 0
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
        if !hasEnded {
            do throws(WeirError) {
                try sayHello()
                _ = poller.takeReady()
                isBusy = try receive()
                for event in events.takeAll() { handle(event) }
                beat()
                try connection.flush()
            } catch {
                // Without its task manager nobody knows of this worker.
                hasEnded = true
            }
            guard hasEnded else {
                return .park(until: isBusy ? world.clock.monotonicNanoseconds() : heartbeatAt)
            }
            connection.close()
            stopSlots(then: .nothing)
        }
        for case .slotsEnded in events.takeAll() { slotsEnded() }
        guard next == nil else { return .park(until: nil) }
        job?.release()
        dataPlane.shutDown()
        return .finished
    }

    private func handle(_ event: Event) {
        switch event {
        case .task(let event):
            deployed?.note(event)
            report(.task(event))
        case .notice(let text): report(.notice(text))
        case .slotsEnded: slotsEnded()
        }
    }

    private func beat() {
        let now = world.clock.monotonicNanoseconds()
        guard now >= heartbeatAt, hasSaidHello else { return }
        heartbeatAt = now + ControlProtocol.workerHeartbeatNanoseconds
        report(.heartbeat)
        guard let slots else { return }
        for finding in watchdog.look(slots.steps, at: now) {
            report(.notice(finding.text(slots.name(of:))))
        }
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
            switch command {
            case .completed(let checkpoint, _): noteCompleted(checkpoint)
            case .stopSources(let drain): deployed?.noteStop(drain: drain)
            case .aborted: break
            }
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

    #if Sabotage
    /// What the first attempt was given.
    private var firstManifest: CheckpointManifest??

    /// A deployment as a worker takes it that keeps what its first attempt was given.
    private func sabotaged(_ deployment: Deployment) -> Deployment {
        guard Sabotage.staleRestore.isActive else { return deployment }
        if firstManifest == nil { firstManifest = .some(deployment.manifest) }
        return Deployment(
            job: deployment.job,
            attempt: deployment.attempt,
            graphFingerprint: deployment.graphFingerprint,
            settings: deployment.settings,
            slots: deployment.slots,
            workers: deployment.workers,
            own: deployment.own,
            token: deployment.token,
            manifest: firstManifest ?? nil,
            checkpointDirectory: deployment.checkpointDirectory,
            droppedStates: deployment.droppedStates
        )
    }
    #endif

    private func deploy(_ deployment: Deployment) {
        #if Sabotage
        let deployment = sabotaged(deployment)
        #endif
        guard deployment.attempt > attempt else { return }
        attempt = deployment.attempt
        deployed = DeployedPart(
            attempt: deployment.attempt,
            slots: deployment.slots,
            workers: deployment.workers,
            own: deployment.own
        )
        stopSlots(then: .deploy(deployment))
    }

    private func start(_ deployment: Deployment) {
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
            slots = SlotGroup(described, world: world) { events.post(.task($0)) }
            watchdog = StepWatchdog()
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
        stopSlots(then: .tellEnded(cancelled))
    }

    /// Ends the tasks' threads and their work on I/O threads, if there are any, and then does what follows.
    private func stopSlots(then next: Next) {
        let isEnding = self.next != nil
        self.next = next
        if isEnding { return }
        guard let slots else { return slotsEnded() }
        self.slots = nil
        let events = self.events
        _ = world.threads.run(name: "weir-end", parker: world.threads.makeParker()) {
            SlotEnding(
                slots,
                notice: { events.post(.notice($0)) },
                done: { events.post(.slotsEnded) }
            )
        }
    }

    private func slotsEnded() {
        defer { next = nil }
        switch next {
        case .deploy(let deployment): start(deployment)
        case .tellEnded(let attempt): report(.attemptEnded(attempt))
        case .nothing, nil: break
        }
    }
}

/// Waits for the tasks of an attempt to end, on a thread of its own.
private final class SlotEnding: Steppable {
    private let slots: SlotGroup
    private let notice: (String) -> Void
    private let done: () -> Void

    init(_ slots: SlotGroup, notice: @escaping (String) -> Void, done: @escaping () -> Void) {
        self.slots = slots
        self.notice = notice
        self.done = done
    }

    func step() -> StepOutcome {
        slots.shutDown { notice(WaitNotice.text($0)) }
        done()
        return .finished
    }
}

extension StepWatchdog.Finding {
    /// What people are told, who know tasks by name.
    fileprivate func text(_ name: (TaskID) -> String) -> String {
        switch self {
        case .stuck(let task, let nanoseconds):
            "task \(name(task)) has been in one step for \(nanoseconds / 1_000_000_000) s: a function "
                + "of the job does not return; its slot stands still, and checkpoints wait for it"
        case .wentOn(let task, let nanoseconds):
            "task \(name(task)) goes on, after \(nanoseconds / 1_000_000_000) s in one step"
        }
    }
}
