import Testing
import Weir
import WeirJobManager
import WeirTesting

@Suite("A worker that uses too much memory")
struct GreedyWorkerTests: TotalsSuite {
    @Test("is ended, with figures; its job goes on", arguments: Seeds.upTo(3))
    func ended(seed: UInt64) throws {
        let clicks = Clicks(count: 20_000, splits: 3).input(seed: seed)
        let output = TestOutput()
        let cluster = cluster(clicks, output, seed: seed)
        try cluster.start(taskManagers: 2)
        let id = try cluster.submit(parallelism: 3, settings: settings)
        cluster.world.run(for: 100_000_000)
        cluster.workers.all[0].process.residentBytes = 3 << 30
        #expect(cluster.run(id, until: .finished), "seed \(seed): \(cluster.notices.all)")
        let text = cluster.notices.all.joined(separator: "\n")
        #expect(text.contains(ErrorCode.memoryExceeded.id), "seed \(seed): \(text)")
        #expect(text.contains("It used 3072 MiB of memory"), "seed \(seed): \(text)")
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "seed \(seed): \(ledger)")
    }

    @Test("three times without progress ends the job")
    func givenUp() throws {
        let clicks = Clicks(count: 4000, splits: 3).input(seed: 1)
        let cluster = cluster(clicks, TestOutput(), seed: 1)
        try cluster.start(taskManagers: 1)
        var settings = settings
        settings["execution.checkpointing.interval"] = "1h"
        let id = try cluster.submit(parallelism: 1, settings: settings)
        var greedy = 0
        while greedy < 3, cluster.report(id)?.state.isTerminal != true {
            cluster.world.run(for: 1_000_000)
            guard cluster.workers.all.count > greedy else { continue }
            cluster.workers.all[greedy].process.residentBytes = 3 << 30
            greedy += 1
        }
        #expect(cluster.run(id, until: .failed), "\(cluster.notices.all)")
    }
}
