import Synchronization
import Testing
import Weir
import WeirSnapshot
import WeirTesting

@Suite("A start from a snapshot")
struct SnapshotStartTests {
    /// Running totals into the output that is current at the start.
    private func totals(_ clicks: TestInput, _ output: Current, seed: UInt64) -> JobDriver {
        let job = JobDriver(seed: seed, name: "totals") { program in
            program.from(clicks.source(name: "clicks"), as: Click.self)
                .keyBy(Click.user)
                .aggregate(.sum(Click.amount), to: Total.self) { sum, click, row in
                    row[Total.user] = click[Click.user]
                    row[Total.sum] = sum
                }
                .sink(output.sink.sink(name: "totals"))
        }
        return job
    }

    /// The sink of the next start.
    private final class Current: Sendable {
        private let output = Mutex(TestOutput())

        var sink: TestOutput { output.withLock { $0 } }

        func change() { output.withLock { $0 = TestOutput() } }
    }

    private func expected(_ clicks: TestInput) -> [[Value]] {
        Reference(clicks.rows).folded(by: [0], from: Int64(0)) { sum, row in
            sum += row.integer(1)
            return [[row.values[0], .integer(sum)]]
        }
    }

    @Test(
        "a savepoint taken while rows flow is kept, and starts a job in another directory",
        arguments: Seeds.upTo(6)
    )
    func savepoint(seed: UInt64) throws {
        print("seed \(seed)")
        let clicks = Clicks(count: 1500).input(seed: seed)
        let output = Current()
        let job = totals(clicks, output, seed: seed)
        try job.start(parallelism: 2)
        job.run(for: .milliseconds(20 + 3 * Int(seed)))
        let savepoint = try job.savepoint()
        #expect(try job.checkpoints.load(savepoint).purpose == .savepoint)
        #expect(try job.finish() == .finished)
        let whole = Ledger(expected: expected(clicks), actual: output.sink.committedValues)
        #expect(whole.isBalanced, "\(whole)")
        // Retention has not touched it, though many checkpoints came after.
        #expect(try job.checkpoints.verify(savepoint).isSound)
        let before = output.sink.committed(through: savepoint)
        #expect(!before.isEmpty && before.count < clicks.rows.count)

        output.change()
        job.options.dataDirectory = "/other"
        job.options.snapshot = "/job/checkpoints/chk-\(savepoint)"
        try job.start(parallelism: 1 + Int(seed % 4))
        _ = try job.checkpoint()
        job.run(for: .milliseconds(7))
        job.crash()
        // From here on the other directory needs nothing of the first one.
        try job.world.files.removeTree("/job")
        job.options.snapshot = nil
        try job.start(parallelism: 1 + Int((seed + 1) % 4))
        #expect(try job.finish() == .finished)
        let both = Ledger(
            expected: expected(clicks),
            actual: before + output.sink.committedValues
        )
        #expect(both.isBalanced, "\(both)")
    }

    @Test("a checkpoint of its own directory is gone back to, and what came after is withdrawn")
    func ownCheckpoint() throws {
        let clicks = Clicks(count: 1500).input(seed: 4)
        let output = Current()
        let job = totals(clicks, output, seed: 4)
        try job.start(parallelism: 2)
        job.run(for: .milliseconds(150))
        job.crash()
        let complete = try job.checkpoints.list().filter { $0.state == .complete }
        #expect(complete.count >= 3)
        let chosen = try #require(complete.last?.checkpoint)
        let newest = try #require(complete.first?.checkpoint)
        let committed = output.sink.committed.count
        job.options.snapshot = "/job/checkpoints/chk-\(chosen)"
        try job.start(parallelism: 3)
        job.run(for: .milliseconds(2))
        let told = job.notices.joined(separator: "\n")
        #expect(told.contains("going back to checkpoint \(chosen)"), "\(told)")
        #expect(output.sink.committed.count < committed)
        #expect(output.sink.withdrawn.contains(newest))
        let states = try job.checkpoints.list().filter { $0.checkpoint > chosen }.map(\.state)
        #expect(states.allSatisfy { $0 == .withdrawn || $0 == .unfinished }, "\(states)")
        #expect(try job.finish() == .finished)
        let ledger = Ledger(expected: expected(clicks), actual: output.sink.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test("of a directory that has checkpoints of its own is told that these go first")
    func ownGoFirst() throws {
        let clicks = Clicks(count: 600).input(seed: 5)
        let output = Current()
        let job = totals(clicks, output, seed: 5)
        try job.start()
        job.run(for: .milliseconds(60))
        let savepoint = try job.savepoint()
        job.crash()
        output.change()
        job.options.dataDirectory = "/other"
        try job.start()
        job.run(for: .milliseconds(60))
        job.crash()
        let own = try #require(try job.newestManifest?.checkpoint)
        job.options.snapshot = "/job/checkpoints/chk-\(savepoint)"
        try job.start()
        #expect(try job.finish() == .finished)
        let told = job.notices.joined(separator: "\n")
        #expect(told.contains("is not used: /other has checkpoints, and its own go first"))
        #expect(told.contains("going on from checkpoint \(own) of /other"))
        let ledger = Ledger(expected: expected(clicks), actual: output.sink.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }
}
