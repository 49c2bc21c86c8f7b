import Testing
import Weir
import WeirControl
import WeirJobManager
import WeirSimulation
import WeirTesting

/// Jobs that are moved and rescaled while they run.
@Suite("The placement of jobs in a cluster")
struct PlacementTests: TotalsSuite {
    @Test(
        "rescaling up and down, also amid kills, loses and repeats nothing",
        arguments: Seeds.upTo(20)
    )
    func rescale(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 4000, splits: 3).input(seed: seed)
        let output = TestOutput()
        let cluster = cluster(clicks, output, seed: seed)
        try cluster.start(taskManagers: 2)
        let id = try cluster.submit(parallelism: 1 + chance.below(4), settings: settings)
        let answers = Record<Result<CheckpointID, WeirError>>()
        var asked = 0
        for _ in 0..<4 {
            cluster.world.run(for: Int64(chance.below(120_000_000)))
            let parallelism = 1 + chance.below(4)
            cluster.manager?.rescale(id, to: parallelism...parallelism) { answers.add($0) }
            asked += 1
            if chance.below(3) == 0 {
                cluster.world.run(for: Int64(chance.below(20_000_000)))
                let workers = cluster.workers.all
                if !workers.isEmpty { workers[chance.below(workers.count)].killProcess() }
            }
        }
        #expect(cluster.run(id, until: .finished), "seed \(seed): \(cluster.notices.all)")
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "seed \(seed): \(ledger)")
        cluster.world.run(for: 1_000_000_000)
        #expect(answers.all.count == asked, "seed \(seed)")
    }

    @Test("a rescaled job has the tasks and the settings of its new parallelism")
    func rescaledJob() throws {
        let clicks = Clicks(count: 20_000).input(seed: 4)
        let cluster = cluster(clicks, TestOutput(), seed: 4)
        try cluster.start(taskManagers: 2)
        let id = try cluster.submit(parallelism: 1, settings: settings)
        #expect(cluster.run(id, until: .running))
        let answers = Record<Result<CheckpointID, WeirError>>()
        cluster.manager?.rescale(id, to: 2...9) { answers.add($0) }
        cluster.world.run(for: 200_000_000)
        let checkpoint = try #require(answers.all.first).get()
        #expect(checkpoint > .none)
        let report = try #require(cluster.report(id))
        #expect(report.state == .running)
        // There are four slots.
        #expect(report.settings["parallelism.default"] == "4")
        #expect(report.graph.slotCount == 4)
        #expect(report.status.checkpoints?.latestRestored?.id == checkpoint)
        cluster.manager?.cancel(id) { _ in }
        #expect(cluster.run(id, until: .canceled))
    }

    @Test(
        "a rescaled job keeps its parallelism under the next job manager",
        arguments: Seeds.upTo(6)
    )
    func rescaledAndTakenOver(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 8000, splits: 3).input(seed: seed)
        let output = TestOutput()
        let cluster = cluster(clicks, output, seed: seed)
        try cluster.start(taskManagers: 2)
        let id = try cluster.submit(parallelism: 1, settings: settings)
        #expect(cluster.run(id, until: .running), "seed \(seed)")
        cluster.manager?.rescale(id, to: 3...3) { _ in }
        cluster.world.run(for: 200_000_000 + Int64(chance.below(20_000_000)))
        cluster.killJobManager()
        cluster.world.run(for: Int64(chance.below(50_000_000)))
        try cluster.restartJobManager()
        #expect(cluster.run(id, until: .finished), "seed \(seed): \(cluster.notices.all)")
        #expect(cluster.report(id)?.settings["parallelism.default"] == "3", "seed \(seed)")
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "seed \(seed): \(ledger)")
    }

    @Test("rescaling is refused beyond the slots and the key groups, and of a job that has ended")
    func refusals() throws {
        let clicks = Clicks(count: 20_000).input(seed: 4)
        let cluster = cluster(clicks, TestOutput(), seed: 4)
        try cluster.start(taskManagers: 2)
        let id = try cluster.submit(parallelism: 1, settings: settings)
        #expect(cluster.run(id, until: .running))
        let reasons = Record<String>()
        let note: @Sendable (Result<CheckpointID, WeirError>) -> Void = { result in
            guard case .failure(let error) = result else { return reasons.add("done") }
            reasons.add("\(error.code.id) \(error.reason)")
        }
        cluster.manager?.rescale(id, to: 5...7, note)
        cluster.manager?.rescale(id, to: 17...17, note)
        cluster.manager?.rescale(id, to: 2...2, note)
        cluster.manager?.rescale(id, to: 3...3, note)
        cluster.world.run(for: 500_000_000)
        let code = ErrorCode.rescaleRefused.id
        #expect(
            reasons.all == [
                "\(code) Parallelism 5 takes 5 slots, and there are 4 for it.",
                "\(code) 17 is more than its pipeline.max-parallelism, 16.",
                "\(code) It is being rescaled.", "done",
            ]
        )
        cluster.manager?.cancel(id) { _ in }
        #expect(cluster.run(id, until: .canceled))
        cluster.manager?.rescale(id, to: 3...3, note)
        cluster.world.run(for: 10_000_000)
        #expect(reasons.all.last?.hasPrefix(ErrorCode.unknownJob.id) == true)
    }

    @Test("draining moves jobs, loses and repeats nothing", arguments: Seeds.upTo(10))
    func drain(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 4000, splits: 3).input(seed: seed)
        let output = TestOutput()
        let cluster = cluster(clicks, output, seed: seed)
        try cluster.start(taskManagers: 2)
        let id = try cluster.submit(parallelism: 2, settings: settings)
        #expect(cluster.run(id, until: .running), "seed \(seed)")
        cluster.world.run(for: Int64(chance.below(60_000_000)))
        let before = try #require(summaries(cluster).first { !$0.slots.isEmpty })
        let answers = Record<ErrorCode?>()
        drain(before.description.id, cluster, answers)
        cluster.world.run(for: 300_000_000)
        #expect(answers.all == [nil], "seed \(seed)")
        let after = try #require(
            summaries(cluster).first { $0.description.id == before.description.id }
        )
        #expect(after.isDraining)
        #expect(after.slots.isEmpty, "seed \(seed)")
        #expect(cluster.run(id, until: .finished), "seed \(seed): \(cluster.notices.all)")
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "seed \(seed): \(ledger)")
    }

    @Test("draining is refused without room elsewhere, and of a task manager that there is not")
    func drainRefused() throws {
        let clicks = Clicks(count: 20_000).input(seed: 4)
        let cluster = cluster(clicks, TestOutput(), seed: 4)
        try cluster.start(taskManagers: 2)
        let id = try cluster.submit(parallelism: 3, settings: settings)
        #expect(cluster.run(id, until: .running))
        let answers = Record<ErrorCode?>()
        drain(try #require(summaries(cluster).first).description.id, cluster, answers)
        drain("nobody", cluster, answers)
        cluster.world.run(for: 10_000_000)
        #expect(answers.all == [.noSlots, .unknownTaskManager])
        #expect(summaries(cluster).allSatisfy { !$0.isDraining })
        #expect(cluster.report(id)?.state == .running)
    }

    private func drain(_ id: String, _ cluster: SimulatedCluster, _ answers: Record<ErrorCode?>) {
        cluster.manager?.drain(id) { result in
            if case .failure(let error) = result {
                answers.add(error.code)
            } else {
                answers.add(nil)
            }
        }
    }

    private func summaries(_ cluster: SimulatedCluster) -> [TaskManagerSummary] {
        let answers = Record<[TaskManagerSummary]>()
        cluster.manager?.taskManagers { answers.add($0) }
        _ = cluster.world.run(limit: 1_000_000_000) { !answers.all.isEmpty }
        return answers.all.first ?? []
    }
}
