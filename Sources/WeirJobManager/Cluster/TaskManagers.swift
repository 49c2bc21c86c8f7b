import WeirControl
import WeirCore
import WeirTransport

/// The task managers of a cluster: their connections, their signs of life, and what their workers tell.
///
/// Belongs to the job manager's thread.
final class TaskManagers {
    enum Event {
        case registered(RegisteredTaskManager)
        case lost(RegisteredTaskManager, WeirError)
        case workerEnded(UInt32, JobID, WeirError)
        case worker(RegisteredTaskManager, UInt32, JobID, WorkerReport)
    }

    /// Connections that have not registered: those of many task managers at once, as after the start of
    /// a new leader, and of whoever else finds the port.
    private static let mostStrangers = 1024
    /// Nanoseconds within which a peer registers.
    private static let strangerPatience: Int64 = 5_000_000_000
    /// Bytes for a task manager that it has not taken, after which it is as good as lost.
    private static let mostUnsentBytes = 256 << 20

    private let world: any World
    private let options: JobManager.Options
    private let epoch: LeaderEpoch
    private let fence: Fence
    private let listener: any Listener
    private let poller: any Poller
    private var strangers = Strangers<TaskManagerDescription>(most: TaskManagers.mostStrangers)
    /// In the order of their registration.
    private(set) var registered: [RegisteredTaskManager] = []
    private var nextToken = ClusterThread.listenerToken
    private var heartbeatAt: Int64 = 0
    /// When `flush` was called last.
    private var lastFlush: Int64 = 0
    var onEvent: (Event) -> Void = { _ in }

    init(
        world: any World,
        options: JobManager.Options,
        epoch: LeaderEpoch,
        fence: Fence,
        listener: any Listener,
        poller: any Poller
    ) {
        self.world = world
        self.options = options
        self.epoch = epoch
        self.fence = fence
        self.listener = listener
        self.poller = poller
    }

    /// When `flush` is to be called at the latest.
    var deadline: Int64 {
        let ofStrangers = strangers.deadline ?? .max
        return registered.isEmpty ? ofStrangers : min(heartbeatAt, ofStrangers)
    }

    /// Reads what has come; whether there may be more.
    func serve() -> Bool {
        var isBusy = false
        for token in poller.takeReady() {
            if token == ClusterThread.listenerToken {
                accept()
            } else if let node = registered.first(where: { $0.token == token }) {
                if listen(to: node) { isBusy = true }
            } else if let stranger = strangers[token] {
                listen(to: stranger)
            }
        }
        return isBusy
    }

    /// Sends what is to be sent, and looks who has been silent for too long.
    func flush(_ now: Int64) {
        strangers.dropOverdue(at: now)
        // What came while the thread was held up has not been read yet: nobody is judged by it.
        let isHeldUp = now - lastFlush > 2 * options.heartbeatNanoseconds
        lastFlush = now
        let isTime = heartbeatAt <= now
        if isTime { heartbeatAt = now + options.heartbeatNanoseconds }
        for node in registered {
            if !isHeldUp, now - node.lastHeard > options.leaseNanoseconds {
                lose(node, "Nothing came from it for \((now - node.lastHeard) / 1_000_000) ms.")
                continue
            }
            if isTime { node.connection.send(TaskManagerCommand.heartbeat, epoch: epoch) }
            // Commands leave one by one: what was frozen between two of them sends no more.
            guard fence.isOpen else { return }
            do throws(WeirError) {
                try node.connection.flush()
            } catch {
                lose(node, error.message)
                continue
            }
            if node.connection.unsentBytes > Self.mostUnsentBytes {
                lose(node, "It does not take what it is sent.")
            }
        }
    }

    // MARK: Commands

    private func node(of worker: UInt32) -> RegisteredTaskManager? {
        registered.first { $0.workers[worker] != nil }
    }

    /// The task manager that has a worker.
    func id(of worker: UInt32) -> String? { node(of: worker)?.id }

    /// The workers of a job, ascending.
    func workers(of job: JobID) -> [UInt32] {
        registered.flatMap { $0.workers.filter { $0.value == job }.keys }.sorted()
    }

    /// Bytes of memory for each slot of a task manager.
    func memoryOfSlot(_ id: String) -> Int {
        guard let node = registered.first(where: { $0.id == id }) else { return 0 }
        return node.description.memoryBytes / max(1, node.description.slots)
    }

    func startWorker(_ start: WorkerStart, at id: String) {
        // If it is lost meanwhile, that was told before.
        guard let node = registered.first(where: { $0.id == id }) else { return }
        node.workers[start.number] = start.job
        node.connection.send(TaskManagerCommand.startWorker(start), epoch: epoch)
    }

    func stopWorker(_ number: UInt32) {
        node(of: number)?.connection.send(TaskManagerCommand.stopWorker(number), epoch: epoch)
    }

    /// Sends a command to a worker; false if it is too long for any.
    ///
    /// One that is lost gets none.
    @discardableResult
    func send(_ command: WorkerCommand, to worker: UInt32) -> Bool {
        node(of: worker)?.connection.send(command, stream: worker, epoch: epoch) ?? true
    }

    // MARK: Connections

    private func accept() {
        while let connection = next() {
            let framed = FramedConnection(
                connection,
                peer: connection.peerName,
                mostPayloadBytes: ControlProtocol.mostStrangerBytes
            )
            let deadline = world.clock.monotonicNanoseconds() + Self.strangerPatience
            nextToken += 1
            let challenge = world.random.next()
            framed.send(TaskManagerCommand.challenge(challenge), epoch: epoch)
            do throws(WeirError) {
                try framed.watch(poller, token: nextToken)
                try framed.flush()
                strangers.add(
                    framed,
                    token: nextToken,
                    deadline: deadline,
                    challenge: challenge
                )
            } catch {
                framed.close()
            }
        }
    }

    /// The next connection that waits.
    private func next() -> (any Connection)? {
        do throws(WeirError) {
            return try listener.accept()
        } catch {
            // The process may have as many open files as it may: one of nobody's makes room.
            strangers.dropOne()
            return nil
        }
    }

    private func listen(to stranger: Strangers<TaskManagerDescription>.Stranger) {
        let connection = stranger.connection
        do throws(WeirError) {
            let received = try connection.receive { frame throws(WeirError) in
                guard stranger.claim == nil else {
                    throw connection.violation("more than a registration before it was welcome")
                }
                stranger.claim = try registration(frame, of: stranger)
            }
            if let description = stranger.claim {
                strangers.remove(stranger)
                register(description, connection, stranger.token)
            } else if case .end = received {
                strangers.drop(stranger)
            }
        } catch {
            connection.send(TaskManagerCommand.refusal(error.message), epoch: epoch)
            // It may be gone; then nobody needs to be told.
            try? connection.flush()
            strangers.drop(stranger)
        }
    }

    private func registration(
        _ frame: Frame,
        of stranger: Strangers<TaskManagerDescription>.Stranger
    ) throws(WeirError) -> TaskManagerDescription {
        let connection = stranger.connection
        let report = try connection.message(TaskManagerReport.self, in: frame)
        guard case .register(let description, let token, let challenge) = report else {
            throw connection.violation("a message before a registration")
        }
        guard SecretComparison.isSame(token, options.token) else {
            throw connection.violation("a registration with a wrong token")
        }
        guard LeaderEpoch(frame.epoch) == epoch, challenge == stranger.challenge else {
            throw connection.violation("a registration that was made on another connection")
        }
        return description
    }

    private func register(
        _ description: TaskManagerDescription,
        _ connection: FramedConnection,
        _ token: Int
    ) {
        if let former = registered.first(where: { $0.id == description.id }) {
            lose(former, "It has registered anew.")
        }
        let now = world.clock.monotonicNanoseconds()
        let node = RegisteredTaskManager(
            description,
            token: token,
            connection: connection,
            now: now
        )
        connection.mostPayloadBytes = ControlProtocol.mostPayloadBytes
        connection.send(
            TaskManagerCommand.welcome(
                heartbeatNanoseconds: options.heartbeatNanoseconds,
                leaseNanoseconds: options.leaseNanoseconds
            ),
            epoch: epoch
        )
        // What becomes of them is decided by whoever is told of the registration.
        for worker in description.workers { node.workers[worker.number] = worker.job }
        registered.append(node)
        heartbeatAt = min(heartbeatAt, now + options.heartbeatNanoseconds)
        onEvent(.registered(node))
    }

    private func listen(to node: RegisteredTaskManager) -> Bool {
        do throws(WeirError) {
            let received = try node.connection.receive { frame throws(WeirError) in
                try take(frame, from: node)
            }
            switch received {
            case .everything: return false
            case .part: return true
            case .end: lose(node, "It has closed its connection.")
            }
        } catch {
            lose(node, error.message)
        }
        return false
    }

    private func take(_ frame: Frame, from node: RegisteredTaskManager) throws(WeirError) {
        guard LeaderEpoch(frame.epoch) == epoch else { return }
        node.lastHeard = world.clock.monotonicNanoseconds()
        if frame.stream != 0 {
            guard let job = node.workers[frame.stream] else { return }
            let report = try node.connection.message(WorkerReport.self, in: frame)
            return onEvent(.worker(node, frame.stream, job, report))
        }
        switch try node.connection.message(TaskManagerReport.self, in: frame) {
        case .register: throw node.connection.violation("a second registration")
        case .heartbeat: break
        case .workerEnded(let number, let error):
            if let job = node.workers.removeValue(forKey: number) {
                onEvent(.workerEnded(number, job, error))
            }
        }
    }

    private func lose(_ node: RegisteredTaskManager, _ reason: String) {
        node.connection.close()
        registered.removeAll { $0 === node }
        let error = WeirError(
            .taskManagerLost,
            "Task manager \(node.id) is lost.",
            reason: reason,
            fix: "If it does not come back by itself, start it again."
        )
        onEvent(.lost(node, error))
    }

    func shutDown() {
        strangers.dropAll()
        for node in registered { node.connection.close() }
        poller.forget(listener)
        listener.close()
    }
}
