import Testing
import Weir
import WeirCore
import WeirJobManager
import WeirSimulation
import WeirTesting

@Suite("Several job managers")
struct SeveralJobManagersTests: TotalsSuite {
    private func leads(_ cluster: SimulatedCluster) -> [String] {
        cluster.notices.all.filter { $0.contains("leads with epoch") }
    }

    private func isLeading(_ cluster: SimulatedCluster) -> Bool {
        cluster.world.run(limit: 10_000_000_000) { cluster.manager != nil }
    }

    @Test(
        "when the leader dies, the one that stands by takes the tasks over",
        arguments: Seeds.upTo(10)
    )
    func death(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 40_000, splits: 3).input(seed: seed)
        let output = TestOutput()
        let cluster = cluster(clicks, output, seed: seed)
        try cluster.start(taskManagers: 2, jobManagers: 2)
        #expect(isLeading(cluster))
        let id = try cluster.submit(parallelism: 3, settings: settings)
        #expect(cluster.run(id, until: .running), "seed \(seed)")
        cluster.world.run(for: Int64(chance.below(60_000_000)))
        cluster.killJobManager()
        cluster.world.run(for: Int64(chance.below(400_000_000)))
        try cluster.restartJobManager()
        #expect(isLeading(cluster))
        #expect(cluster.run(id, until: .finished), "seed \(seed): \(cluster.notices.all)")
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "seed \(seed): \(ledger)")
        #expect(leads(cluster).count == 2, "seed \(seed): \(cluster.notices.all)")
        // No worker was started anew.
        #expect(cluster.workers.all.count == 2, "seed \(seed): \(cluster.notices.all)")
    }

    @Test("a leader that was frozen past its lease comes to nothing when it goes on")
    func frozenLeader() throws {
        var deposed = 0
        let seeds = Seeds.upTo(20)
        for seed in seeds {
            let plan = CampaignPlan(seed: seed, kinds: [.leaders, .kills])
            let result = CampaignRun(plan).run()
            #expect(
                result.violations.isEmpty,
                "\(plan): \(result.violations) \(result.notices)"
            )
            if result.notices.contains(where: { $0.contains("WR-CLUSTER-010") }) { deposed += 1 }
        }
        // In the others it was killed, or frozen for less.
        #expect(deposed > seeds.count / 2, "\(deposed) of \(seeds.count)")
    }

    @Test("the same seed is the same run")
    func determinism() {
        let plan = CampaignPlan(seed: 3, kinds: [.leaders, .kills])
        #expect(CampaignRun(plan).run().traceHash == CampaignRun(plan).run().traceHash)
    }

    @Test("what was asked of a leader that is frozen is answered by the next one")
    func requests() throws {
        let clicks = Clicks(count: 40_000, splits: 2).input(seed: 4)
        let cluster = cluster(clicks, TestOutput(), seed: 4)
        try cluster.start(taskManagers: 2, jobManagers: 2)
        #expect(isLeading(cluster))
        let id = try cluster.submit(parallelism: 2, settings: settings)
        #expect(cluster.run(id, until: .running))
        let frozen = cluster.managerWorld
        frozen.isFrozen = true
        try cluster.cancel(id)
        #expect(cluster.managerWorld !== frozen)
        frozen.isFrozen = false
        #expect(cluster.run(id, until: .canceled, limit: .seconds(30)), "\(cluster.notices.all)")
        cluster.world.run(for: 1_000_000_000)
        #expect(cluster.notices.all.contains { $0.contains("WR-CLUSTER-010") })
        #expect(cluster.report(id)?.state == .canceled)
    }
}
