import Testing
import Weir
import WeirTesting

@Suite("A job in several workers")
struct ConnectionTests: TotalsSuite {
    @Test("gives what it gives in one, at any parallelism", arguments: Seeds.upTo(12))
    func sameOutput(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 2000, splits: 3).input(seed: seed)
        let output = TestOutput()
        let job = totals(clicks, output.sink(name: "totals"), seed: seed)
        job.options.workerCount = 2 + chance.below(3)
        job.options.settings.batchCapacity = [1, 16, 64][chance.below(3)]
        try job.start(parallelism: 1 + chance.below(5))
        #expect(try job.finish() == .finished)
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "seed \(seed): \(ledger)")
    }

    @Test(
        "goes back to its last checkpoint when connections break, and repeats nothing",
        arguments: Seeds.upTo(12)
    )
    func brokenConnections(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 4000, splits: 3).input(seed: seed)
        let output = TestOutput()
        let job = totals(clicks, output.sink(name: "totals"), seed: seed)
        job.options.workerCount = 3
        job.options.settings.initialBackoff = .milliseconds(1)
        job.options.settings.checkpointInterval = .milliseconds(5)
        try job.start(parallelism: 3)
        for _ in 0..<4 {
            job.run(for: .microseconds(chance.below(20_000)))
            job.world.loopback.resetAll()
        }
        #expect(try job.finish() == .finished)
        #expect(job.status.restarts > 0, "seed \(seed)")
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "seed \(seed): \(ledger)")
    }
}
