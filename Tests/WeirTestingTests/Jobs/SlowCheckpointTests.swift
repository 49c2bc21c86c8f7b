import Synchronization
import Testing
import Weir
import WeirSimulation
import WeirSnapshot
import WeirTesting

@Suite("A checkpoint that takes too long")
struct SlowCheckpointTests {
    /// What a job told, and what its operator saw.
    private final class Log: Sendable {
        private let kept = Mutex<[String]>([])

        var text: String { kept.withLock { $0.joined(separator: "\n") } }

        func add(_ line: String) { kept.withLock { $0.append(line) } }
    }

    private func options(_ world: HeldWorld) -> EmbeddedEngine.Options {
        var options = EmbeddedEngine.Options()
        options.dataDirectory = "/job"
        options.settings.checkpointInterval = .milliseconds(20)
        options.settings.checkpointTimeout = .milliseconds(50)
        options.settings.batchCapacity = 16
        options.settings.maxParallelism = 16
        options.settings.parallelism = 2
        options.images = ModelImageFactory(files: world.files)
        return options
    }

    private func expected(_ clicks: TestInput) -> [[Value]] {
        Reference(clicks.rows).folded(by: [0], from: Int64(0)) { sum, row in
            sum += row.integer(1)
            return [[row.values[0], .integer(sum)]]
        }
    }

    /// Runs sums to their end, through an operator of the test's and a sink.
    private func run(
        _ world: HeldWorld,
        _ clicks: TestInput,
        _ output: TestOutput,
        _ log: Log,
        _ options: EmbeddedEngine.Options,
        through make: @escaping @Sendable () -> Operator
    ) throws -> (outcome: JobOutcome, status: JobStatus) {
        let program = StreamExecutionEnvironment(name: "totals")
        program.from(clicks.source(name: "clicks"), as: Click.self)
            .keyBy(Click.user)
            .aggregate(.sum(Click.amount), to: Total.self) { sum, click, row in
                row[Total.user] = click[Click.user]
                row[Total.sum] = sum
            }
            .transform("middle", to: Total.self, make)
            .sink(output.sink(name: "totals"))
        let job = try EmbeddedEngine(world: world).start(
            try program.makeProgram(),
            options: options,
            onNotice: { log.add($0) }
        )
        #expect(world.simulated.runUntilFinished(limit: 60_000_000_000))
        return job.wait()
    }

    @Test("since an upload hangs is given up with the task and what it does, and the job goes on")
    func upload() throws {
        let world = HeldWorld(
            seed: 1,
            names: ["/job/checkpoints/chk-2/", "segment"],
            for: .milliseconds(150)
        )
        // Longer than the work hangs: the end of a job would wait for it.
        let clicks = Clicks(count: 9000).input(seed: 1)
        let output = TestOutput()
        let log = Log()
        let end = try run(world, clicks, output, log, options(world)) { Middle() }
        #expect(end.outcome == .finished)
        #expect(world.hold.isDone)
        #expect(log.text.contains("Checkpoint 2 was given up after 5"), "\(log.text)")
        #expect(log.text.contains(" 1 of "), "\(log.text)")
        #expect(log.text.contains("aggregate"), "\(log.text)")
        #expect(log.text.contains("storing files"), "\(log.text)")
        #expect(end.status.failedCheckpoints >= 1 && end.status.completedCheckpoints > 3)
        #expect(end.status.restarts == 0)
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test("since an operator's own work hangs is given up with the task, and the job goes on")
    func operatorsWork() throws {
        let world = HeldWorld(seed: 2, names: ["nothing"], for: .zero)
        let hold = HeldWorld.Hold(world.simulated, ["chk-3"], 150_000_000)
        let clicks = Clicks(count: 9000).input(seed: 2)
        let output = TestOutput()
        let log = Log()
        let end = try run(world, clicks, output, log, options(world)) {
            Middle(beforeAcknowledging: { hold.pass("chk-\($0)") })
        }
        #expect(end.outcome == .finished)
        #expect(log.text.contains("Checkpoint 3 was given up after 5"), "\(log.text)")
        #expect(log.text.contains("middle") && log.text.contains("storing files"), "\(log.text)")
        #expect(end.status.restarts == 0)
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test("since rows are in the way of its barrier is given up with the tasks that wait")
    func barrier() throws {
        let clicks = Clicks(count: 300, isFast: true).input(seed: 3)
        let output = TestOutput()
        let job = JobDriver(seed: 3, name: "slow") { program in
            program.from(clicks.source(name: "clicks"), as: Click.self)
                .keyBy(Click.user)
                .aggregate(.sum(Click.amount), to: Total.self) { sum, click, row in
                    row[Total.user] = click[Click.user]
                    row[Total.sum] = sum
                }
                .taking(.milliseconds(10))
                .sink(output.sink(name: "totals"))
        }
        job.options.settings.checkpointTimeout = .milliseconds(100)
        job.options.settings.alignedCheckpointTimeout = .seconds(1000)
        try job.start(parallelism: 2)
        job.run(for: .seconds(1))
        let told = job.notices.joined(separator: "\n")
        #expect(told.contains("was given up after"), "\(told)")
        #expect(
            told.contains("waiting for the barrier") || told.contains("aligning its inputs"),
            "\(told)"
        )
        #expect(told.contains("taking"), "\(told)")
        #expect(try job.finish() == .finished)
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test("since its manifest is not stored yet is waited for before the next attempt starts")
    func manifest() throws {
        let world = HeldWorld(
            seed: 4,
            names: ["/job/checkpoints/chk-3/manifest"],
            for: .seconds(2)
        )
        let clicks = Clicks(count: 2000).input(seed: 4)
        let output = TestOutput()
        let log = Log()
        var options = options(world)
        options.settings.checkpointTimeout = .seconds(100)
        options.settings.initialBackoff = .milliseconds(1)
        let hold = world.hold
        let hasFailed = Atomic<Bool>(false)
        let failOnce: @Sendable () throws(WeirError) -> Void = { () throws(WeirError) in
            guard hold.isHolding, !hasFailed.exchange(true, ordering: .relaxed) else { return }
            throw WeirError(.networkFailed, "The test lets the job fail once.")
        }
        let end = try run(world, clicks, output, log, options) {
            Middle(
                opened: { log.add("opened \(hold.isHolding) from \($0)") },
                beforeRows: failOnce
            )
        }
        #expect(end.outcome == .finished)
        #expect(end.status.restarts == 1)
        // Both tasks of the second attempt begin at the checkpoint whose manifest was on its way.
        let opened = log.text.split(separator: "\n").filter { $0.hasPrefix("opened") }
        let expectedOpenings = [
            "opened false from 0", "opened false from 0", "opened false from 3",
            "opened false from 3",
        ]
        #expect(opened.map(String.init) == expectedOpenings, "\(log.text)")
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }
}

/// Passes rows on and lets the test do something on the way.
private final class Middle: Operator {
    private let opened: @Sendable (CheckpointID) -> Void
    private let beforeRows: @Sendable () throws(WeirError) -> Void
    private let beforeAcknowledging: (@Sendable (CheckpointID) -> Void)?

    init(
        opened: @escaping @Sendable (CheckpointID) -> Void = { _ in },
        beforeRows: @escaping @Sendable () throws(WeirError) -> Void = {},
        beforeAcknowledging: (@Sendable (CheckpointID) -> Void)? = nil
    ) {
        self.opened = opened
        self.beforeRows = beforeRows
        self.beforeAcknowledging = beforeAcknowledging
    }

    override func open() throws(WeirError) { opened(context.restored.checkpoint) }

    override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        try beforeRows()
        context.output.emit(batch)
        return .consumed
    }

    override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        guard let beforeAcknowledging else { return }
        let checkpoint = snapshot.barrier.checkpoint
        snapshot.beforeAcknowledging { beforeAcknowledging(checkpoint) }
    }
}
