import Synchronization
import Testing
import Weir
import WeirSystem

@Suite("The end of a job, or of an attempt, while a fold runs on an I/O thread")
struct JobEndTests {
    private let world = RealWorld()
    private let directory: String

    init() {
        let root = world.processes.environment("TMPDIR") ?? "/tmp"
        let number = String(world.random.next(), radix: 16)
        directory = "\(root)/weir-end-\(world.processes.processID)-\(number)"
    }

    /// Counts without an end, of ever more keys, so that state is folded whatever the budget.
    private func start(
        _ folds: HeldFolds,
        failing failure: FailOnce.Trigger? = nil
    ) throws -> RunningJob {
        let program = StreamExecutionEnvironment(name: "counts")
        let source = SourceDescription(name: "numbers", outputs: [Numbered.schema]) {
            CountingSource(limit: .max)
        }
        let counts = program.from(source, as: Numbered.self)
            .keyBy(Numbered.number)
            .aggregate(.count(), to: Numbered.self) { count, row, out in
                out[Numbered.key] = row[Numbered.key]
                out[Numbered.number] = count
            }
        let checked = counts.transform("check", to: Numbered.self) { FailOnce(failure) }
        checked.sink(SinkDescription(name: "nothing") { Discard() })
        var options = EmbeddedEngine.Options()
        options.dataDirectory = directory
        options.images = HeldImageFactory(folds, world)
        options.settings.memory = .mebibytes(16)
        options.settings.mergeMemoryPercent = 0
        options.settings.checkpointInterval = .milliseconds(20)
        return try EmbeddedEngine(world: world).start(try program.makeProgram(), options: options)
    }

    @Test("stop: wait() returns when the fold has ended, and nothing of the run is left")
    func stop() throws {
        defer { try? world.files.removeTree(directory) }
        let folds = HeldFolds(world)
        let job = try start(folds)
        folds.awaitBegin()
        job.stop()
        let outcome = job.wait().outcome
        let isHolding = folds.isHolding
        folds.release()
        #expect(outcome == .suspended)
        #expect(!isHolding, "the job has ended while a fold of it runs")
        #expect(try world.files.status(directory + "/work") == nil)

        // The directory is free for the next run at once.
        let again = try start(HeldFolds(world))
        again.stop()
        #expect(again.wait().outcome == .suspended)
    }

    @Test("failure: the next attempt opens its state when the fold has ended")
    func restart() throws {
        defer { try? world.files.removeTree(directory) }
        let folds = HeldFolds(world)
        let restarted = world.threads.makeParker()
        let job = try start(
            folds,
            failing: FailOnce.Trigger(when: { folds.hasBegun }, passed: { restarted.wake() })
        )
        folds.awaitBegin()
        restarted.park(until: nil)
        job.stop()
        let outcome = job.wait()
        folds.release()
        #expect(outcome.outcome == .suspended)
        #expect(outcome.status.restarts == 1)
        #expect(folds.opened.all == 2)
        #expect(folds.opened.whileHolding == 0)
    }
}

/// Passes rows on; throws once when it is time to, and tells when rows pass afterwards.
private final class FailOnce: Operator {
    /// When it throws, in any of its lives.
    final class Trigger: Sendable {
        let isDue: @Sendable () -> Bool
        let passed: @Sendable () -> Void
        private let hasFailed = Atomic<Bool>(false)

        init(when isDue: @escaping @Sendable () -> Bool, passed: @escaping @Sendable () -> Void) {
            self.isDue = isDue
            self.passed = passed
        }

        func check() throws(WeirError) {
            if hasFailed.load(ordering: .relaxed) { return passed() }
            guard isDue() else { return }
            hasFailed.store(true, ordering: .relaxed)
            throw WeirError(.networkFailed, "The test lets the job fail once.")
        }
    }

    private let trigger: Trigger?

    init(_ trigger: Trigger?) { self.trigger = trigger }

    override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        try trigger?.check()
        context.output.emit(batch)
        return .consumed
    }
}

/// Takes rows and does nothing.
private final class Discard: Operator {
    override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome { .consumed }
}
