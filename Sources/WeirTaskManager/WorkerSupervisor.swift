import WeirControl
import WeirCore
import WeirData
import WeirTransport

/// Starts and ends the worker processes of a task manager, and passes on what they tell and are told.
///
/// Belongs to the task manager's thread.
final class WorkerSupervisor {
    /// Tokens from here on are those of workers.
    static let firstToken = 16
    /// Connections to the workers' socket that have not said hello: only this user's programs can make
    /// one, and workers do as they start.
    private static let mostStrangers = 1024
    /// Turns of reading what a worker told before its end.
    private static let mostLastTurns = 100
    /// Bytes for a worker that it has not taken, after which it is as good as dead: some of the longest
    /// messages.
    private static let mostUnsentBytes = 4 * ControlProtocol.mostPayloadBytes

    /// Nanoseconds between two looks at the workers' memory.
    private static let memoryPeriod: Int64 = 100_000_000

    private let world: any World
    private let options: TaskManager.Options
    private let directory: NodeDirectory
    private let listener: any Listener
    private let poller: any Poller
    /// In the order of their start.
    private(set) var workers: [SupervisedWorker] = []
    private var strangers = Strangers<Never>(most: WorkerSupervisor.mostStrangers)
    private var nextToken = WorkerSupervisor.firstToken
    /// When the workers' memory is looked at next.
    private var memoryLookAt: Int64 = 0
    /// Called with each frame that a worker sends.
    var onFrame: (SupervisedWorker, Frame) -> Void = { _, _ in }
    /// Called when a process has ended, or could not be started.
    var onEnd: (UInt32, WeirError) -> Void = { _, _ in }

    init(
        world: any World,
        options: TaskManager.Options,
        directory: NodeDirectory,
        listener: any Listener,
        poller: any Poller
    ) {
        self.world = world
        self.options = options
        self.directory = directory
        self.listener = listener
        self.poller = poller
    }

    // MARK: Processes

    /// Starts a worker; one with this number that runs already stays.
    func start(_ start: WorkerStart, program: String) {
        guard !workers.contains(where: { $0.number == start.number }) else { return }
        do throws(WeirError) {
            let own = directory.worker(start.number)
            try world.files.makeDirectory(own)
            let log = own + "/worker.log"
            let child = ChildProgram(
                program,
                arguments: arguments(start, own),
                // A job has no use for the secrets of the cluster.
                removedVariables: ["WEIR_TOKEN", "WEIR_TOKEN_FILE"],
                workingDirectory: start.workingDirectory.isEmpty ? nil : start.workingDirectory,
                outputPath: log
            )
            let process = try world.processes.spawn(child)
            let worker = SupervisedWorker(
                start: start,
                token: nextToken,
                process: process,
                log: log
            )
            nextToken += 2
            do throws(WeirError) {
                try poller.watch(process, token: worker.token)
            } catch {
                process.send(.kill)
                throw error
            }
            workers.append(worker)
        } catch {
            onEnd(start.number, error)
        }
    }

    private func arguments(_ start: WorkerStart, _ directory: String) -> [String] {
        [
            "--weir-worker", self.directory.socket, "\(start.number)", options.dataHost,
            "\(options.dataPorts.lowerBound)-\(options.dataPorts.upperBound)", directory,
            "\(start.memoryBytes)", "--",
        ] + start.arguments
    }

    /// Ends a worker's process; `onEnd` tells when it is gone.
    func stop(_ number: UInt32) {
        guard let worker = workers.first(where: { $0.number == number }) else { return }
        worker.isStopped = true
        worker.process.send(.kill)
    }

    /// Serves what is ready; whether there may be more, or nil if the token is none of these.
    func serve(_ token: Int) -> Bool? {
        if let worker = workers.first(where: { $0.token == token }) {
            reap(worker)
            return false
        }
        if let worker = workers.first(where: { $0.token + 1 == token }) {
            return listen(to: worker)
        }
        guard let stranger = strangers[token] else { return nil }
        listen(to: stranger)
        return false
    }

    private func reap(_ worker: SupervisedWorker) {
        let status: ExitStatus
        do throws(WeirError) {
            guard let ended = try worker.process.exitStatus() else { return }
            status = ended
        } catch {
            return forget(worker, error)
        }
        // What it told before its end comes first.
        for _ in 0..<Self.mostLastTurns where listen(to: worker) { continue }
        forget(worker, worker.ending(status, lastWords: lastWords(worker)))
    }

    private func forget(_ worker: SupervisedWorker, _ error: WeirError) {
        worker.connection?.close()
        poller.forget(worker.process)
        workers.removeAll { $0 === worker }
        onEnd(worker.number, error)
    }

    /// The last lines of a worker's log, such as what a trap says.
    private func lastWords(_ worker: SupervisedWorker) -> String {
        guard let bytes = try? world.files.readAll(worker.log, limit: 1 << 20) else { return "" }
        let text = String(decoding: bytes.suffix(2000), as: UTF8.self)
        return text.split(separator: "\n").suffix(4).joined(separator: " | ")
    }

    // MARK: Connections

    /// Takes in connections to the workers' socket.
    func accept() {
        while let connection = nextConnection() {
            let framed = FramedConnection(
                connection,
                peer: "a worker",
                mostPayloadBytes: ControlProtocol.mostStrangerBytes
            )
            // Odd tokens are those of connections.
            let token = nextToken + 1
            nextToken += 2
            do throws(WeirError) {
                try framed.watch(poller, token: token)
                strangers.add(framed, token: token, deadline: .max)
            } catch {
                framed.close()
            }
        }
    }

    /// The next connection that waits.
    private func nextConnection() -> (any Connection)? {
        do throws(WeirError) {
            return try listener.accept()
        } catch {
            // The process may have as many open files as it may: one of nobody's makes room.
            strangers.dropOne()
            return nil
        }
    }

    private func listen(to stranger: Strangers<Never>.Stranger) {
        let connection = stranger.connection
        var owner: SupervisedWorker?
        do throws(WeirError) {
            let received = try connection.receive { frame throws(WeirError) in
                if owner == nil {
                    guard case .ready = try connection.message(WorkerReport.self, in: frame),
                        let worker = workers.first(where: { $0.number == frame.stream }),
                        worker.connection == nil
                    else { throw connection.violation("no hello of a worker that is expected") }
                    owner = worker
                }
                if let owner { take(frame, from: owner) }
            }
            guard let owner else {
                if case .end = received { strangers.drop(stranger) }
                return
            }
            strangers.remove(stranger)
            connection.mostPayloadBytes = ControlProtocol.mostPayloadBytes
            try connection.watch(poller, token: owner.token + 1)
            owner.connection = connection
            owner.lastHeard = world.clock.monotonicNanoseconds()
        } catch {
            strangers.drop(stranger)
        }
    }

    /// Reads what a worker tells; whether there may be more.
    ///
    /// One that breaks the protocol is ended.
    private func listen(to worker: SupervisedWorker) -> Bool {
        guard let connection = worker.connection else { return false }
        do throws(WeirError) {
            switch try connection.receive({ take($0, from: worker) }) {
            case .everything: return false
            case .part: return true
            case .end: disconnect(worker)
            }
        } catch {
            disconnect(worker)
        }
        return false
    }

    /// A sign of life is for the task manager; everything else is passed on.
    private func take(_ frame: Frame, from worker: SupervisedWorker) {
        worker.lastHeard = world.clock.monotonicNanoseconds()
        if frame.kind != WorkerReport.heartbeat.kind { onFrame(worker, frame) }
    }

    /// When `endSilent` or `endGreedy` may have something to do, if nothing comes from a worker.
    var deadline: Int64? {
        guard !workers.isEmpty else { return nil }
        let silent = workers.filter { $0.connection != nil && !$0.isSilent }.map(\.lastHeard).min()
        return min(silent.map { $0 + ControlProtocol.workerLeaseNanoseconds } ?? .max, memoryLookAt)
    }

    /// Ends workers that use more memory than they may, before the machine has none left for others.
    func endGreedy(_ now: Int64) {
        guard now >= memoryLookAt else { return }
        memoryLookAt = now + Self.memoryPeriod
        for worker in workers where worker.excessBytes == nil {
            guard let usage = worker.process.resourceUsage(),
                usage.residentBytes > worker.mostResidentBytes
            else { continue }
            worker.excessBytes = usage.residentBytes
            worker.process.send(.kill)
        }
    }

    /// Ends workers that have been silent for too long: their processes are held up.
    func endSilent(_ now: Int64) {
        for worker in workers where worker.connection != nil && !worker.isSilent {
            guard now - worker.lastHeard >= ControlProtocol.workerLeaseNanoseconds else { continue }
            worker.isSilent = true
            worker.process.send(.kill)
        }
    }

    /// A worker without its socket is of no use: its end follows.
    private func disconnect(_ worker: SupervisedWorker) {
        worker.connection?.close()
        worker.connection = nil
        worker.process.send(.kill)
    }

    /// Passes a frame of the job manager on to a worker; one that is not there gets none.
    func passOn(_ frame: Frame) {
        guard let worker = workers.first(where: { $0.number == frame.stream }),
            let connection = worker.connection
        else { return }
        connection.send(kind: frame.kind, stream: frame.stream, epoch: frame.epoch) {
            $0.append(bytes: frame.payload)
        }
    }

    /// Sends what the workers take now.
    func flush() {
        for worker in workers {
            guard let connection = worker.connection else { continue }
            do throws(WeirError) {
                try connection.flush()
            } catch {
                disconnect(worker)
                continue
            }
            if connection.unsentBytes > Self.mostUnsentBytes { disconnect(worker) }
        }
    }

    /// Ends all workers, without waiting for them.
    func shutDown() {
        for worker in workers {
            worker.process.send(.kill)
            worker.connection?.close()
            poller.forget(worker.process)
        }
        strangers.dropAll()
        workers = []
    }
}
