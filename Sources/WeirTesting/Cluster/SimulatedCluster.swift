import Weir
import WeirControl
import WeirJobManager
import WeirPlan
import WeirSimulation
import WeirState
import WeirTaskManager
import WeirTransport

/// A job manager, task managers and their workers, each a process of one simulation.
///
/// The engine is the one of a real cluster, with real tasks in its workers; time, disks, network,
/// scheduling and processes are simulated, and keyed state has a model image instead of RocksDB. The
/// same seed gives the same run (`world.traceHash`).
///
/// ```swift
/// let cluster = try SimulatedCluster(seed: 7) { program in
///     program.from(clicks.source(name: "clicks"), as: Click.self).sink(output.sink(name: "out"))
/// }
/// try cluster.start(taskManagers: 2)
/// let id = try cluster.submit(parallelism: 3)
/// cluster.world.run(for: 50_000_000)
/// cluster.workers.all[0].killProcess()
/// #expect(cluster.run(id, until: .finished))
/// ```
public final class SimulatedCluster {
    /// Builds the job's program.
    public typealias Build = @Sendable (StreamExecutionEnvironment) throws(WeirError) -> Void

    /// The path under which workers start the job.
    public static let program = "/bin/job"
    private static let port = 6123
    private static let node = "jm"
    /// The number of the first task manager that is not one.
    private static let firstImpostor = 666

    /// Where the first job manager runs; time, chance and faults are common to all.
    public let world: SimulatedWorld
    /// The job manager that was started last, or, of several, that leads since last; nil: none.
    public var manager: RunningJobManager? { candidates?.leader?.manager ?? alone }
    /// Where it runs.
    public var managerWorld: SimulatedWorld { candidates?.leader?.world ?? aloneWorld }
    private var alone: RunningJobManager?
    private var aloneWorld: SimulatedWorld
    /// Job managers that share a directory; nil: there is one, which leads by the directory's lock.
    private(set) var candidates: SimulatedCandidates?
    /// Worlds of the task managers that were started, in order.
    public private(set) var taskManagers: [SimulatedWorld] = []
    /// Worlds of the workers that were started, in order.
    public let workers = Record<SimulatedWorld>()
    /// What all processes told people, in order.
    public let notices = Record<String>()
    /// Called each virtual millisecond or two while an answer is waited for, by who has something to do
    /// meanwhile, such as to bring back what was frozen.
    public var whileWaiting: (() -> Void)?
    /// How long jobs wait for slots and workers; to be set before the start.
    public var timeouts = JobScheduler.Timeouts()
    /// From one sign of life of job manager and task managers to the next; to be set before the start.
    public var heartbeat = Duration.milliseconds(500)
    private var impostors = 0
    private let name: String
    private let build: Build
    let replayer: FrameReplayer
    /// The task managers that nodes were started with.
    private(set) var nodesOfTaskManagers: [(node: String, number: Int, slots: Int)] = []

    /// A cluster of which nothing runs yet; `build` makes the job's program, in each worker.
    public init(seed: UInt64, name: String = "job", build: @escaping Build) {
        world = SimulatedWorld(seed: seed, node: Self.node)
        aloneWorld = world
        self.name = name
        self.build = build
        replayer = FrameReplayer(port: Self.port, seed: seed)
        world.loopback.taps = [replayer]
        world.programs[Self.program] = { [workers, notices] world, arguments in
            workers.add(world)
            do throws(WeirError) {
                let worker = try Worker(
                    arguments,
                    world: world,
                    images: ModelImageFactory(files: world.files)
                ) { _ throws(WeirError) in
                    try Self.makeProgram(name, build)
                }
                _ = try worker?.start()
            } catch {
                notices.add("worker: \(error)")
            }
        }
    }

    private static func makeProgram(_ name: String, _ build: Build) throws(WeirError) -> Program {
        let environment = StreamExecutionEnvironment(name: name)
        try build(environment)
        return try environment.makeProgram()
    }

    /// Starts the job manager and so many task managers.
    ///
    /// Of several job managers, one leads by a lease of three seconds, and the others stand by.
    public func start(
        taskManagers count: Int,
        slots: Int = 2,
        jobManagers: Int = 1
    ) throws(WeirError) {
        if jobManagers > 1 {
            let options = self.options
            let candidates = SimulatedCandidates(world, count: jobManagers, notices: notices) {
                var own = options
                own.address = DataAddress(host: $0, port: Self.port)
                return own
            }
            self.candidates = candidates
            candidates.startThoseThatEnded()
        } else {
            try startManager()
        }
        for number in 0..<count { try startTaskManager(number, slots: slots) }
    }

    // MARK: The job manager

    private var options: JobManager.Options {
        var options = JobManager.Options(
            dataDirectory: "/cluster",
            address: DataAddress(host: Self.node, port: Self.port),
            token: [1, 2, 3]
        )
        options.timeouts = timeouts
        options.heartbeatNanoseconds = heartbeat.wholeNanoseconds
        return options
    }

    private func startManager() throws(WeirError) {
        alone = try JobManager(world: aloneWorld, options: options).start { [notices] text in
            notices.add("job manager: \(text)")
        }
    }

    /// Ends the process of the job manager that leads as `kill -9` does.
    public func killJobManager() {
        if let candidates { return candidates.killLeader() }
        aloneWorld.killProcess()
        alone = nil
    }

    /// Starts a job manager after the death of the one before, on the same directory and node; of several,
    /// all that have ended, to stand by.
    public func restartJobManager() throws(WeirError) {
        if let candidates { return candidates.startThoseThatEnded() }
        precondition(alone == nil, "there is a job manager")
        aloneWorld = world.makeProcess(node: Self.node)
        do throws(WeirError) {
            try startManager()
        } catch {
            aloneWorld.killProcess()
            throw error
        }
    }

    // MARK: Task managers

    /// Starts a task manager, on the job manager's disk.
    public func startTaskManager(
        _ number: Int,
        slots: Int = 2,
        token: [UInt8] = [1, 2, 3]
    ) throws(WeirError) {
        let process = try startProcess(number, slots, token)
        taskManagers.append(process)
        living.append(process)
        if !nodesOfTaskManagers.contains(where: { $0.node == process.node }) {
            nodesOfTaskManagers.append((process.node, number, slots))
        }
    }

    /// Starts a task manager that does not know the secret; it is none of the cluster's.
    func startImpostor() throws(WeirError) -> SimulatedWorld {
        impostors += 1
        return try startProcess(Self.firstImpostor + impostors - 1, 2, [6, 6, 6])
    }

    private func startProcess(
        _ number: Int,
        _ slots: Int,
        _ token: [UInt8]
    ) throws(WeirError) -> SimulatedWorld {
        let process = world.makeProcess(node: "tm-\(number)")
        let options = TaskManager.Options(
            jobManagers: (candidates?.nodes ?? [Self.node]).map {
                DataAddress(host: $0, port: Self.port)
            },
            dataDirectory: "/tm-\(number)",
            slots: slots,
            memoryBytes: 256 << 20,
            dataHost: "tm-\(number)",
            dataPorts: 0...0,
            token: token
        )
        do throws(WeirError) {
            _ = try TaskManager(world: process, options: options).start { [notices] text in
                notices.add("tm-\(number): \(text)")
            }
        } catch {
            process.killProcess()
            throw error
        }
        return process
    }

    /// Task managers that were not killed, in the order of their start.
    private(set) var living: [SimulatedWorld] = []

    /// Ends a task manager's process as `kill -9` does.
    public func killTaskManager(_ world: SimulatedWorld) {
        world.killProcess()
        living.removeAll { $0 === world }
    }

    /// Starts a task manager on the node and directory of one that was killed; not if one lives there.
    public func restartTaskManager(onNode node: String) throws(WeirError) {
        guard !living.contains(where: { $0.node == node }),
            let former = nodesOfTaskManagers.first(where: { $0.node == node })
        else { return }
        try startTaskManager(former.number, slots: former.slots)
    }

    // MARK: Jobs

    /// Hands the job in; returns its id.
    ///
    /// - Throws: what the job manager answers; `jobFailed` if it does not.
    public func submit(
        parallelism: Int,
        settings: [String: String] = [:],
        from snapshot: String? = nil
    ) throws(WeirError) -> JobID {
        var settings = settings
        settings["parallelism.default"] = "\(parallelism)"
        if settings["pipeline.max-parallelism"] == nil {
            settings["pipeline.max-parallelism"] = "16"
        }
        let submission = JobSubmission(
            id: JobID(world.random),
            name: name,
            program: Self.program,
            arguments: [],
            settings: settings,
            graph: try Self.makeProgram(name, build).graph,
            snapshot: snapshot
        )
        return try ask { $0.submit(submission, $1) }
    }

    /// Takes a savepoint of a job; returns its id once it is durable.
    ///
    /// - Throws: what the job answers; `jobFailed` if it does not.
    public func savepoint(_ job: JobID) throws(WeirError) -> CheckpointID {
        try ask { $0.savepoint(job, $1) }
    }

    /// Ends a job without a last checkpoint.
    ///
    /// - Throws: what the job manager answers; `jobFailed` if it does not.
    public func cancel(_ job: JobID) throws(WeirError) {
        try ask { $0.cancel(job, $1) }
    }

    /// Ends a job with a last checkpoint: where it is, or drained as if its input had ended.
    ///
    /// - Throws: what the job manager answers; `jobFailed` if it does not.
    public func stop(_ job: JobID, drain: Bool) throws(WeirError) {
        try ask { $0.stop(job, drain: drain, $1) }
    }

    /// Asks the job manager, and anew each one that is started while no answer has come.
    private func ask<Value: Sendable>(
        limit: Duration = .seconds(60),
        _ question: (
            RunningJobManager, @escaping @Sendable (Result<Value, WeirError>) -> Void
        ) -> Void
    ) throws(WeirError) -> Value {
        let answers = Record<Result<Value, WeirError>>()
        let end = world.clock.monotonicNanoseconds() + limit.wholeNanoseconds
        var asked: RunningJobManager?
        while answers.all.isEmpty, world.clock.monotonicNanoseconds() < end {
            if let manager, manager !== asked {
                asked = manager
                question(manager) { answers.add($0) }
            }
            _ = wait(.milliseconds(20)) { !answers.all.isEmpty }
        }
        guard let first = answers.all.first else {
            throw WeirError(.jobFailed, "The job manager did not answer within \(limit).")
        }
        return try first.get()
    }

    /// What is known of a job now; nil if nothing is, or nobody can be asked.
    public func report(_ id: JobID) -> JobReport? {
        let answers = Record<[JobReport]>()
        manager?.jobs { answers.add($0) }
        guard manager != nil else { return nil }
        _ = wait(.seconds(1)) { !answers.all.isEmpty }
        return answers.all.first?.first { $0.id == id }
    }

    /// Runs until a job is in a state, at most for a time of the simulation; whether it is.
    public func run(_ id: JobID, until state: JobState, limit: Duration = .seconds(600)) -> Bool {
        run(id, limit: limit) { $0 == state } == state
    }

    /// Runs until a job has ended, at most for a time of the simulation; how, nil if it has not.
    public func runToEnd(_ id: JobID, limit: Duration = .seconds(600)) -> JobState? {
        run(id, limit: limit) { $0.isTerminal }
    }

    private func run(
        _ id: JobID,
        limit: Duration,
        until condition: (JobState) -> Bool
    ) -> JobState? {
        let end = world.clock.monotonicNanoseconds() + limit.wholeNanoseconds
        while world.clock.monotonicNanoseconds() < end {
            _ = wait(.milliseconds(5)) { false }
            if let state = report(id)?.state, condition(state) { return state }
        }
        return nil
    }

    /// Lets time pass until a condition holds; whether it does within the limit.
    private func wait(_ limit: Duration, until condition: () -> Bool) -> Bool {
        guard let whileWaiting else {
            return world.run(limit: limit.wholeNanoseconds, until: condition)
        }
        let end = world.clock.monotonicNanoseconds() + limit.wholeNanoseconds
        while world.clock.monotonicNanoseconds() < end {
            let rest = end - world.clock.monotonicNanoseconds()
            if world.run(limit: min(rest, 1_000_000), until: condition) { return true }
            whileWaiting()
        }
        return condition()
    }
}
