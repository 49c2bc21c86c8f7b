import Testing
import WeirTesting

@Suite("A campaign of the simulator")
struct CampaignTests {
    private static let kinds = FaultSchedule.Kinds.withLivingJobManager

    @Test(
        "finds nothing wrong: each seed ends with its output, whatever fails",
        arguments: Seeds.upTo(40)
    )
    func nothingWrong(seed: UInt64) {
        let plan = CampaignPlan(seed: seed, kinds: Self.kinds)
        let result = CampaignRun(plan).run()
        #expect(result.violations.isEmpty, "\(plan)\n\(result.violations.joined(separator: "\n"))")
        #expect(result.checkpoints >= CampaignRun.leastCheckpoints)
        #expect(result.faults >= 1)
    }

    @Test("runs a seed twice with the same effects, one by one", arguments: Seeds.upTo(4))
    func repeats(seed: UInt64) {
        let plan = CampaignPlan(seed: seed, kinds: Self.kinds)
        var effects: [[String]] = [[], []]
        let hashes = (0..<2).map { round in
            CampaignRun(plan) { effects[round].append($0) }.run().traceHash
        }
        let parting = zip(effects[0], effects[1]).first { $0 != $1 }
        #expect(parting == nil)
        #expect(hashes[0] == hashes[1])
        #expect(!effects[0].isEmpty)
    }

    @Test("draws other runs for other seeds")
    func differs() {
        let hashes = (1...4).map { seed in
            CampaignRun(CampaignPlan(seed: seed, kinds: Self.kinds)).run().traceHash
        }
        #expect(Set(hashes).count == 4)
    }

    @Test("tells a seed's plan, and how many seeds failed")
    func summary() {
        let plan = CampaignPlan(seed: 5, kinds: Self.kinds)
        #expect(
            "\(plan)".hasPrefix("seed 5: \(plan.shape.rawValue), parallelism \(plan.parallelism)")
        )
        let summary = Campaign(seeds: 5..<7, kinds: Self.kinds).run(onFailure: { _ in true })
        #expect(summary.seeds == 2)
        #expect(summary.failed == 0)
        #expect(summary.fewestCheckpoints >= CampaignRun.leastCheckpoints)
        #expect(summary.fewestFaults >= 1)
    }
}
