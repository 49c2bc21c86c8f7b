import Testing
import Weir
import WeirJobManager
import WeirOperators
import WeirSimulation
import WeirSnapshot
import WeirTesting

@Suite("A cluster")
struct ClusterTests: TotalsSuite {
    @Test("runs a job in several workers, and its output is right", arguments: Seeds.upTo(6))
    func runsJob(seed: UInt64) throws {
        let clicks = Clicks(count: 2000, splits: 3).input(seed: seed)
        let output = TestOutput()
        let cluster = cluster(clicks, output, seed: seed)
        try cluster.start(taskManagers: 2)
        let id = try cluster.submit(parallelism: 3, settings: settings)
        #expect(
            cluster.run(id, until: .finished),
            "seed \(seed): \(cluster.notices.all)"
        )
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "seed \(seed): \(ledger)")
        #expect(cluster.workers.all.count == 2)
    }

    @Test(
        "survives the kill of any worker or task manager; nothing is lost or repeated",
        arguments: Seeds.upTo(20)
    )
    func kills(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 4000, splits: 3).input(seed: seed)
        let output = TestOutput()
        let cluster = cluster(clicks, output, seed: seed)
        try cluster.start(taskManagers: 3)
        let id = try cluster.submit(parallelism: 1 + chance.below(4), settings: settings)
        for round in 0..<4 {
            cluster.world.run(for: Int64(chance.below(120_000_000)))
            if chance.below(2) == 0 {
                let workers = cluster.workers.all
                if !workers.isEmpty { workers[chance.below(workers.count)].killProcess() }
            } else {
                let number = chance.below(cluster.taskManagers.count)
                cluster.taskManagers[number].killProcess()
                try cluster.startTaskManager(10 + round)
            }
        }
        #expect(
            cluster.run(id, until: .finished),
            "seed \(seed): \(cluster.notices.all)"
        )
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "seed \(seed): \(ledger)")
    }

    @Test(
        "goes on from an older checkpoint if the last is found damaged after a loss",
        arguments: Seeds.upTo(6)
    )
    func damagedBeforeLoss(seed: UInt64) throws {
        let clicks = Clicks(count: 20_000, splits: 3).input(seed: seed)
        let output = TestOutput()
        let cluster = cluster(clicks, output, seed: seed)
        try cluster.start(taskManagers: 2)
        var settings = settings
        settings["state.checkpoints.num-retained"] = "3"
        let id = try cluster.submit(parallelism: 3, settings: settings)
        let store = CheckpointStore(
            LocalFileStore(world: cluster.world, directory: "/cluster/jobs/\(id)/checkpoints")
        )
        var complete: [CheckpointManifest] = []
        while complete.count < 2 {
            cluster.world.run(for: 5_000_000)
            complete = []
            for entry in try store.list() where entry.state == .complete {
                complete.append(try store.load(entry.checkpoint))
            }
        }
        // What only the newest has.
        let older = Set(complete.dropFirst().flatMap(\.files).map(\.name))
        let files = complete[0].files.filter { !older.contains($0.name) && $0.size > 0 }
        try #require(!files.isEmpty, "seed \(seed)")
        for file in files {
            let path = store.files.place(of: file.name)
            #expect(cluster.world.disk.flipBit(3, at: file.size / 2, of: path), "\(path)")
        }
        try #require(cluster.liveWorker(0)).killProcess()
        #expect(cluster.run(id, until: .finished), "seed \(seed): \(cluster.notices.all)")
        let said = cluster.notices.all.joined()
        #expect(said.contains("checkpoint \(complete[0].checkpoint) is damaged"), "\(said)")
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "seed \(seed): \(ledger)")
    }

    @Test("replaces a frozen worker, whose thaw changes nothing", arguments: Seeds.upTo(6))
    func frozenWorker(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 20_000, splits: 3).input(seed: seed)
        let output = TestOutput()
        let cluster = cluster(clicks, output, seed: seed)
        try cluster.start(taskManagers: 2)
        let id = try cluster.submit(parallelism: 3, settings: settings)
        #expect(cluster.run(id, until: .running))
        cluster.world.run(for: Int64(chance.below(60_000_000)))
        let frozen = cluster.workers.all[chance.below(2)]
        frozen.isFrozen = true
        cluster.world.run(for: 4_000_000_000)
        let failures = cluster.report(id)?.execution.failures.map { "\($0.error)" } ?? []
        let isTold = failures.contains { $0.contains("gave no sign of life") }
        #expect(isTold, "seed \(seed): \(failures)")
        frozen.isFrozen = false
        #expect(cluster.run(id, until: .finished), "seed \(seed): \(cluster.notices.all)")
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "seed \(seed): \(ledger)")
        #expect(cluster.workers.all.count == 3, "seed \(seed): \(cluster.notices.all)")
    }

    @Test("tells a client that there is no such job, and a person that a task manager is lost")
    func refusals() throws {
        let clicks = Clicks(count: 10).input(seed: 1)
        let cluster = cluster(clicks, TestOutput(), seed: 1)
        try cluster.start(taskManagers: 1)
        cluster.world.run(for: 1_000_000_000)
        let answers = Record<ErrorCode>()
        cluster.manager?.cancel(JobID(number: 7)) { result in
            if case .failure(let error) = result { answers.add(error.code) }
        }
        cluster.world.run(for: 1_000_000)
        #expect(answers.all == [.unknownJob])
        // Silent for longer than its lease, though its connection is there.
        cluster.taskManagers[0].isFrozen = true
        cluster.world.run(for: 4_000_000_000)
        let lost = cluster.notices.all.filter { $0.contains(ErrorCode.taskManagerLost.id) }
        #expect(lost.count == 1, "\(cluster.notices.all)")
    }

    @Test("lets in no task manager with another token")
    func wrongToken() throws {
        let clicks = Clicks(count: 10).input(seed: 1)
        let cluster = cluster(clicks, TestOutput(), seed: 1)
        try cluster.start(taskManagers: 0)
        try cluster.startTaskManager(1, token: [1, 2, 4])
        cluster.world.run(for: 2_000_000_000)
        let summaries = Record<Int>()
        cluster.manager?.taskManagers { summaries.add($0.count) }
        cluster.world.run(for: 1_000_000)
        #expect(summaries.all == [0])
        #expect(cluster.notices.all.contains { $0.contains("wrong token") })
    }

    @Test(
        "fails a checkpoint that is too large for its messages, and nothing else",
        arguments: [(65 << 20, 1), (33 << 20, 2)]
    )
    func largeCheckpoint(bytes: Int, parallelism: Int) throws {
        let input = Clicks(count: 2000, splits: 2).input(seed: 4)
        let hoard = SinkDescription(name: "hoard") { HoardingSink(bytes: bytes) }
        let cluster = SimulatedCluster(seed: 4) { program in
            program.from(input.source(name: "clicks"), as: Click.self).sink(hoard)
        }
        try cluster.start(taskManagers: 1)
        var settings = settings
        settings["execution.checkpointing.tolerable-failed-checkpoints"] = "1000"
        settings["execution.checkpointing.interval"] = "100ms"
        let id = try cluster.submit(parallelism: parallelism, settings: settings)
        #expect(cluster.run(id, until: .finished), "\(cluster.notices.all)")
        let report = try #require(cluster.report(id))
        #expect(report.status.restarts == 0, "\(cluster.notices.all)")
        #expect(report.status.failedCheckpoints > 0)
        let text = cluster.notices.all.joined(separator: "\n")
        #expect(text.contains("too large"), "\(text)")
    }

    @Test("starts with no leader's number that has none after it")
    func leaderNumbers() throws {
        let clicks = Clicks(count: 10).input(seed: 1)
        let cluster = cluster(clicks, TestOutput(), seed: 1)
        try cluster.world.files.makeDirectory("/cluster")
        let most = Array("18446744073709551615\n".utf8)
        try cluster.world.files.replaceAll("/cluster/leader", with: most)
        let error = #expect(throws: WeirError.self) { try cluster.start(taskManagers: 0) }
        #expect(error?.code == .corruptBytes)
    }

    @Test("tells why a worker ended")
    func lastWords() throws {
        let clicks = Clicks(count: 4000).input(seed: 3)
        let cluster = cluster(clicks, TestOutput(), seed: 3)
        try cluster.start(taskManagers: 1)
        let id = try cluster.submit(parallelism: 1, settings: settings)
        cluster.world.run(for: 100_000_000)
        cluster.workers.all[0].killProcess()
        cluster.world.run(for: 100_000_000)
        let text = cluster.report(id)?.notices.map(\.text).joined(separator: "\n") ?? ""
        #expect(text.contains(ErrorCode.workerLost.id), "\(text)")
        #expect(text.contains("signal 9"), "\(text)")
    }
}
