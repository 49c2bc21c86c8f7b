import Synchronization
import Weir
import WeirControl
import WeirJobManager
import WeirPlan
import WeirSimulation
import WeirSnapshot
import WeirTaskManager
import WeirTesting
import WeirTransport

/// A job manager, task managers and their workers, each a process of one simulation.
final class SimulatedCluster {
    static let program = "/bin/job"
    private static let port = 6123

    /// Where the job manager runs.
    let world: SimulatedWorld
    private(set) var manager: RunningJobManager?
    private(set) var taskManagers: [SimulatedWorld] = []
    /// Worlds of the workers that were started, in order.
    let workers = Record<SimulatedWorld>()
    let notices = Record<String>()
    private let build: @Sendable (StreamExecutionEnvironment) throws(WeirError) -> Void

    /// A cluster of which nothing runs yet; `build` makes the job's program, in each worker.
    init(
        seed: UInt64,
        build: @escaping @Sendable (StreamExecutionEnvironment) throws(WeirError) -> Void
    ) throws {
        world = SimulatedWorld(seed: seed, node: "jm")
        self.build = build
        world.programs[Self.program] = { [workers, notices] world, arguments in
            workers.add(world)
            do throws(WeirError) {
                let worker = try Worker(arguments, world: world) { _ throws(WeirError) in
                    try Self.makeProgram(build)
                }
                _ = try worker?.start()
            } catch {
                notices.add("worker: \(error)")
            }
        }
    }

    private static func makeProgram(
        _ build: (StreamExecutionEnvironment) throws(WeirError) -> Void
    ) throws(WeirError) -> Program {
        let environment = StreamExecutionEnvironment(name: "totals")
        try build(environment)
        return try environment.makeProgram()
    }

    /// Starts the job manager and so many task managers with two slots each.
    func start(taskManagers count: Int, slots: Int = 2) throws(WeirError) {
        let options = JobManager.Options(
            dataDirectory: "/cluster",
            address: DataAddress(host: "jm", port: Self.port),
            token: [1, 2, 3]
        )
        manager = try JobManager(world: world, options: options).start { [notices] text in
            notices.add(text)
        }
        for number in 0..<count { try startTaskManager(number, slots: slots) }
    }

    /// Starts a task manager, on the job manager's disk.
    func startTaskManager(
        _ number: Int,
        slots: Int = 2,
        token: [UInt8] = [1, 2, 3]
    ) throws(WeirError) {
        let process = world.makeProcess(node: "tm-\(number)")
        let options = TaskManager.Options(
            jobManager: DataAddress(host: "jm", port: Self.port),
            dataDirectory: "/tm-\(number)",
            slots: slots,
            memoryBytes: 256 << 20,
            dataHost: "tm-\(number)",
            dataPorts: 0...0,
            token: token
        )
        _ = try TaskManager(world: process, options: options).start { [notices] text in
            notices.add("tm-\(number): \(text)")
        }
        taskManagers.append(process)
    }

    /// Hands the job in; returns its id.
    func submit(parallelism: Int, settings: [String: String] = [:]) throws -> JobID {
        var settings = settings
        settings["parallelism.default"] = "\(parallelism)"
        settings["pipeline.max-parallelism"] = "16"
        let submission = JobSubmission(
            id: JobID(world.random),
            name: "totals",
            program: Self.program,
            arguments: [],
            settings: settings,
            graph: try Self.makeProgram(build).graph
        )
        let answers = Record<Result<JobID, WeirError>>()
        manager?.submit(submission) { answers.add($0) }
        _ = world.run(limit: 1_000_000_000) { !answers.all.isEmpty }
        return try answers.all[0].get()
    }

    /// What is known of a job now.
    func report(_ id: JobID) -> JobReport? {
        let answers = Record<[JobReport]>()
        manager?.jobs { answers.add($0) }
        _ = world.run(limit: 1_000_000_000) { !answers.all.isEmpty }
        return answers.all.first?.first { $0.id == id }
    }

    /// Runs until a job is in a state, at most for a time of the simulation; whether it is.
    func run(_ id: JobID, until state: JobState, limit: Duration = .seconds(600)) -> Bool {
        let end = world.clock.monotonicNanoseconds() + limit.nanoseconds
        while world.clock.monotonicNanoseconds() < end {
            world.run(for: 5_000_000)
            if report(id)?.state == state { return true }
        }
        return false
    }
}

/// What was told, from any thread, in order.
final class Record<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])

    func add(_ value: Value) { values.withLock { $0.append(value) } }

    var all: [Value] { values.withLock { $0 } }
}
