import Synchronization
import Weir
import WeirSimulation
import WeirSnapshot

/// Runs a whole job in a simulated world, as the test says: time, checkpoints, crashes, restarts.
///
/// The engine is the one that `weir run` has; threads, clock and disk are simulated, and keyed state
/// has a model image instead of RocksDB. Nothing happens but inside the calls of a driver, and the
/// same seed gives the same run (`world.traceHash`).
///
/// ```swift
/// let job = JobDriver(seed: 7, name: "totals") { program in
///     program.from(clicks.source(name: "clicks"), as: Click.self)
///         .keyBy(Click.user)
///         .aggregate(.sum(Click.amount), to: Total.self) { … }
///         .sink(totals.sink(name: "totals"))
/// }
/// try job.start(parallelism: 2)
/// clicks.push([["ann", 5]], at: [1])
/// try job.checkpoint()
/// job.crash()
/// try job.start(parallelism: 4)
/// clicks.end()
/// #expect(try job.finish() == .finished)
/// ```
///
/// To run a job with real threads and RocksDB, give the same `TestInput` and `TestOutput` to an
/// `EmbeddedEngine`.
public final class JobDriver {
    /// Where the job runs: its clock, disk and scheduler, with their faults.
    public let world: SimulatedWorld
    /// How the next start runs the job; the directory is `/job` unless it is set to another one,
    /// checkpoints come each 20 ms.
    public var options: EmbeddedEngine.Options
    private let name: String
    private let build: (StreamExecutionEnvironment) throws(WeirError) -> Void
    private let log = DriverLog()
    private var job: RunningJob?

    /// A job that has not been started; `build` is called at each start.
    public init(
        seed: UInt64 = 1,
        name: String,
        build: @escaping (StreamExecutionEnvironment) throws(WeirError) -> Void
    ) {
        world = SimulatedWorld(seed: seed)
        self.name = name
        self.build = build
        var options = EmbeddedEngine.Options()
        options.dataDirectory = "/job"
        options.settings.checkpointInterval = .milliseconds(20)
        options.settings.batchCapacity = 16
        options.settings.maxParallelism = 16
        options.images = ModelImageFactory(files: world.files)
        self.options = options
    }

    // MARK: Running

    /// Starts the job, from its newest checkpoint if there is one; nothing runs before time does.
    ///
    /// - Throws: what `EmbeddedEngine.start` throws; `badGraph` from the program.
    public func start(parallelism: Int? = nil) throws(WeirError) {
        precondition(job == nil, "the job runs; stop it, finish it, or let it crash")
        if let parallelism { options.settings.parallelism = parallelism }
        let program = StreamExecutionEnvironment(name: name)
        try build(program)
        job = try EmbeddedEngine(world: world).start(
            try program.makeProgram(),
            options: options,
            onStatus: { [log] in log.status = $0 },
            onNotice: { [log] in log.add($0) }
        )
    }

    /// Lets time pass.
    public func run(for time: Duration) { world.run(for: time.nanoseconds) }

    /// Lets time pass until a condition holds, looked at each virtual millisecond.
    ///
    /// Returns whether it held within the limit.
    public func run(limit: Duration = .seconds(60), until condition: () -> Bool) -> Bool {
        let end = world.clock.monotonicNanoseconds() + limit.nanoseconds
        while !condition() {
            guard world.clock.monotonicNanoseconds() < end else { return false }
            world.run(for: 1_000_000)
        }
        return true
    }

    /// Waits for a checkpoint whose barriers are sent after this call; returns its manifest.
    ///
    /// - Throws: `checkpointFailed` if none completes within the limit.
    @discardableResult
    public func checkpoint(limit: Duration = .seconds(60)) throws(WeirError) -> CheckpointManifest {
        let from = world.clock.wallMilliseconds()
        var found: CheckpointManifest?
        var failure: WeirError?
        _ = run(limit: limit) {
            do throws(WeirError) {
                found = try newestManifest.flatMap { $0.triggeredAt > from ? $0 : nil }
            } catch {
                failure = error
            }
            return found != nil || failure != nil
        }
        if let failure { throw failure }
        guard let found else {
            throw WeirError(
                .checkpointFailed,
                "No checkpoint completed within \(limit).",
                reason: log.notices.last ?? "The job gave no notice."
            )
        }
        return found
    }

    /// Takes a snapshot that retention keeps; returns its id once it is durable.
    ///
    /// - Throws: what the job answers; `checkpointFailed` if it does not within the limit.
    public func savepoint(limit: Duration = .seconds(60)) throws(WeirError) -> CheckpointID {
        let answer = SavepointAnswer()
        job?.savepoint { answer.set($0) }
        guard run(limit: limit, until: { answer.value != nil }), let result = answer.value else {
            throw WeirError(.checkpointFailed, "No savepoint was taken within \(limit).")
        }
        return try result.get()
    }

    /// Waits for the job's end and returns how it ended.
    ///
    /// - Throws: `jobFailed` if it has not ended within the limit of virtual time.
    public func finish(limit: Duration = .seconds(600)) throws(WeirError) -> JobOutcome {
        guard let job else { throw WeirError(.jobFailed, "The job \"\(name)\" does not run.") }
        guard world.runUntilFinished(limit: limit.nanoseconds) else {
            throw WeirError(
                .jobFailed,
                "The job \"\(name)\" did not end within \(limit) of virtual time.",
                reason: log.notices.last ?? ""
            )
        }
        let (outcome, status) = job.wait()
        log.status = status
        self.job = nil
        return outcome
    }

    /// Stops the job with a last checkpoint, or with `drain` as if its input had ended.
    public func stop(drain: Bool = false) throws(WeirError) -> JobOutcome {
        job?.stop(drain: drain)
        return try finish()
    }

    // MARK: Faults

    /// Ends the process as `kill -9` does: between any two steps of any of its threads.
    public func crash() {
        world.killProcess()
        job = nil
    }

    /// Cuts the power: a crash, and what was not synchronised is lost, wholly or in part.
    public func cutPower() {
        world.cutPower()
        job = nil
    }

    // MARK: Looking

    private var directory: String { options.dataDirectory ?? "/job" }

    /// What the job last reported of itself.
    public var status: JobStatus { log.status }

    /// What it told people, oldest first, of all starts.
    public var notices: [String] { log.notices }

    /// The job's checkpoints.
    public var checkpoints: CheckpointStore {
        CheckpointStore(LocalFileStore(world: world, directory: directory + "/checkpoints"))
    }

    /// The copy of a checkpoint that shares no file with the others.
    public var fallback: CheckpointStore {
        CheckpointStore(LocalFileStore(world: world, directory: directory + "/fallback"))
    }

    /// The newest complete checkpoint; nil if there is none.
    public var newestManifest: CheckpointManifest? {
        get throws(WeirError) {
            guard let entry = try checkpoints.list().first(where: { $0.state == .complete }) else {
                return nil
            }
            return try checkpoints.load(entry.checkpoint)
        }
    }
}

/// What came of a savepoint.
private final class SavepointAnswer: Sendable {
    private let kept = Mutex<Result<CheckpointID, WeirError>?>(nil)

    var value: Result<CheckpointID, WeirError>? { kept.withLock { $0 } }

    func set(_ result: Result<CheckpointID, WeirError>) { kept.withLock { $0 = result } }
}

/// What a job told its driver.
private final class DriverLog: Sendable {
    private let kept = Mutex<(status: JobStatus, notices: [String])>((JobStatus(), []))

    var status: JobStatus {
        get { kept.withLock { $0.status } }
        set { kept.withLock { $0.status = newValue } }
    }

    var notices: [String] { kept.withLock { $0.notices } }

    func add(_ notice: String) { kept.withLock { $0.notices.append(notice) } }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
