import WeirControl
import WeirCore
import WeirData
import WeirTransport

/// What a task manager's thread does: one turn over the job manager, the workers and the clock.
final class TaskManagerThread: Steppable {
    enum Event: Sendable {
        case connected(attempt: Int, Result<any Connection, WeirError>)
        case stop
    }

    static let listenerToken = 0
    static let jobManagerToken = 1

    private let world: any World
    private let options: TaskManager.Options
    private let directory: NodeDirectory
    private let listener: any Listener
    private let poller: any Poller
    private let queue: EventQueue<Event>
    private let onNotice: @Sendable (String) -> Void
    private let id: String
    private var link: JobManagerLink
    private var jobManager: FramedConnection?
    /// Tries to connect, so that the answer to an old one is told from that to the present one.
    private var connects = 0
    /// When the last turn was.
    private var lastStep: Int64 = 0
    /// Nanoseconds between two turns after which the thread was held up.
    private static let longestTurn: Int64 = 1_500_000_000
    private let supervisor: WorkerSupervisor

    init(
        world: any World,
        options: TaskManager.Options,
        directory: NodeDirectory,
        listener: any Listener,
        poller: any Poller,
        queue: EventQueue<Event>,
        onNotice: @escaping @Sendable (String) -> Void
    ) {
        self.world = world
        self.options = options
        link = JobManagerLink(addressCount: options.jobManagers.count)
        self.directory = directory
        self.poller = poller
        self.queue = queue
        self.onNotice = onNotice
        let number = String(world.random.next(), radix: 16)
        supervisor = WorkerSupervisor(
            world: world,
            options: options,
            directory: directory,
            listener: listener,
            poller: poller
        )
        self.listener = listener
        id = "\(options.dataHost):\(world.processes.processID)-\(number.prefix(6))"
        supervisor.onFrame = { [unowned self] worker, frame in passUp(frame, from: worker) }
        supervisor.onEnd = { [unowned self] number, error in
            // Without a job manager nobody knows the worker; the next one is told which there are.
            if link.isRegistered { send(.workerEnded(number, error)) }
        }
    }

    func step() -> StepOutcome {
        for event in queue.takeAll() {
            switch event {
            case .connected(let attempt, let result): connected(attempt, result)
            case .stop:
                shutDown()
                return .finished
            }
        }
        var isBusy = false
        for token in poller.takeReady() where serve(token) { isBusy = true }
        let now = world.clock.monotonicNanoseconds()
        // What came while the thread was held up has not been read yet: nobody is judged by it.
        if now - lastStep <= Self.longestTurn {
            tell(.timePassed)
            supervisor.endSilent(now)
        }
        supervisor.endGreedy(now)
        lastStep = now
        flushAll()
        let deadline = [link.deadline, supervisor.deadline].compactMap { $0 }.min()
        return .park(until: isBusy ? now : deadline.map { max($0, now) })
    }

    /// Serves what is ready; whether there may be more.
    private func serve(_ token: Int) -> Bool {
        switch token {
        case Self.listenerToken:
            supervisor.accept()
            return false
        case Self.jobManagerToken: return listenToJobManager()
        default: return supervisor.serve(token) ?? false
        }
    }

    private func flushAll() {
        supervisor.flush()
        do throws(WeirError) {
            try jobManager?.flush()
            if (jobManager?.unsentBytes ?? 0) > Self.mostUnsentBytes { tell(.connectionLost) }
        } catch {
            tell(.connectionLost)
        }
    }

    /// Bytes for the job manager that it has not taken, after which it is as good as dead: some of the
    /// longest messages.
    private static let mostUnsentBytes = 4 * ControlProtocol.mostPayloadBytes

    private func shutDown() {
        supervisor.shutDown()
        jobManager?.close()
        poller.forget(listener)
        listener.close()
        directory.release()
    }

    // MARK: The job manager

    private func tell(_ event: JobManagerLink.Event) {
        let now = world.clock.monotonicNanoseconds()
        for action in link.handle(event, at: now) { perform(action) }
    }

    private func perform(_ action: JobManagerLink.Action) {
        switch action {
        case .connect: connect()
        case .register(let epoch, let challenge):
            let registration = TaskManagerReport.register(
                description,
                token: options.token,
                challenge: challenge
            )
            jobManager?.send(registration, epoch: epoch)
        case .sendHeartbeat: send(.heartbeat)
        case .drop:
            jobManager?.close()
            jobManager = nil
        case .notice(let text): onNotice(text)
        }
    }

    private var description: TaskManagerDescription {
        TaskManagerDescription(
            id: id,
            host: options.dataHost,
            dataPort: options.dataPorts.lowerBound,
            processID: world.processes.processID,
            slots: options.slots,
            memoryBytes: options.memoryBytes,
            machine: world.processes.machine,
            workers: supervisor.workers.filter { !$0.isStopped }.map {
                TaskManagerDescription.Worker(number: $0.number, job: $0.start.job)
            }
        )
    }

    private func connect() {
        connects += 1
        let (attempt, address) = (connects, options.jobManagers[link.address])
        world.threads.background { [queue, world] in
            do throws(WeirError) {
                let connection = try world.network.connect(host: address.host, port: address.port)
                queue.post(.connected(attempt: attempt, .success(connection)))
            } catch {
                queue.post(.connected(attempt: attempt, .failure(error)))
            }
        }
    }

    private func connected(_ attempt: Int, _ result: Result<any Connection, WeirError>) {
        guard attempt == connects, case .success(let connection) = result else {
            if attempt == connects { tell(.connectionFailed) }
            return
        }
        do throws(WeirError) {
            let framed = FramedConnection(
                connection,
                peer: "the job manager",
                mostPayloadBytes: ControlProtocol.mostPayloadBytes
            )
            try framed.watch(poller, token: Self.jobManagerToken)
            jobManager = framed
            tell(.connected)
        } catch {
            tell(.connectionFailed)
        }
    }

    private func send(_ report: TaskManagerReport) {
        jobManager?.send(report, epoch: link.epoch)
    }

    private func listenToJobManager() -> Bool {
        guard let jobManager else { return false }
        do throws(WeirError) {
            let received = try jobManager.receive { frame throws(WeirError) in
                try take(frame, from: jobManager)
            }
            switch received {
            case .everything: return false
            case .part: return true
            case .end: tell(.connectionLost)
            }
        } catch {
            onNotice("\(error)")
            tell(.connectionLost)
        }
        return false
    }

    private func take(_ frame: Frame, from jobManager: FramedConnection) throws(WeirError) {
        let sent = LeaderEpoch(frame.epoch)
        if frame.stream != 0 {
            guard link.isRegistered, sent == link.epoch else { return }
            return supervisor.passOn(frame)
        }
        let command = try jobManager.message(TaskManagerCommand.self, in: frame)
        switch command {
        case .welcome(let heartbeat, let lease):
            tell(.welcome(sent, heartbeat: heartbeat, lease: lease))
        case .refusal(let reason): tell(.refused(reason))
        case .challenge(let number): tell(.challenged(sent, number))
        case .heartbeat, .startWorker, .stopWorker:
            guard link.isRegistered, sent == link.epoch else { return }
            tell(.heard)
            perform(command)
        }
    }

    private func perform(_ command: TaskManagerCommand) {
        switch command {
        case .startWorker(let start): startWorker(start)
        case .stopWorker(let number): supervisor.stop(number)
        case .welcome, .refusal, .heartbeat, .challenge: break
        }
    }

    private func startWorker(_ start: WorkerStart) {
        supervisor.start(start, program: start.program)
    }

    /// Tells the job manager what a worker told, if there is one.
    private func passUp(_ frame: Frame, from worker: SupervisedWorker) {
        guard link.isRegistered else { return }
        jobManager?.send(kind: frame.kind, stream: worker.number, epoch: link.epoch.number) {
            $0.append(bytes: frame.payload)
        }
    }
}
