import Testing
import Weir
import WeirCore
import WeirJobManager
import WeirSimulation
import WeirTesting

@Suite("The loss of the job manager")
struct JobManagerLossTests: TotalsSuite {
    private func attempts(_ report: JobReport?) -> Set<Attempt> {
        Set(report?.execution.executions.values.map(\.attempt) ?? [])
    }

    @Test(
        "leaves the tasks running; the next one takes them over as they are",
        arguments: Seeds.upTo(10)
    )
    func adoption(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 40_000, splits: 3).input(seed: seed)
        let output = TestOutput()
        let cluster = cluster(clicks, output, seed: seed)
        try cluster.start(taskManagers: 2)
        let id = try cluster.submit(parallelism: 3, settings: settings)
        #expect(cluster.run(id, until: .running), "seed \(seed)")
        for _ in 0..<3 {
            cluster.world.run(for: Int64(chance.below(60_000_000)))
            let before = cluster.report(id)
            if before?.state.isTerminal == true { break }
            cluster.killJobManager()
            cluster.world.run(for: Int64(chance.below(400_000_000)))
            try cluster.restartJobManager()
            #expect(cluster.run(id, until: .running, limit: .seconds(10)) || isOver(cluster, id))
            if !isOver(cluster, id) {
                #expect(attempts(cluster.report(id)) == attempts(before), "seed \(seed)")
            }
        }
        #expect(cluster.run(id, until: .finished), "seed \(seed): \(cluster.notices.all)")
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "seed \(seed): \(ledger)")
        // No worker was started anew.
        #expect(cluster.workers.all.count == 2, "seed \(seed): \(cluster.notices.all)")
    }

    private func isOver(_ cluster: SimulatedCluster, _ id: JobID) -> Bool {
        cluster.report(id)?.state.isTerminal == true
    }

    @Test(
        "leaves a job that is being stopped suspended: it does not count as one whose input has ended",
        arguments: Seeds.upTo(30)
    )
    func suspension(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 40_000, splits: 3).input(seed: seed)
        let cluster = cluster(clicks, TestOutput(), seed: seed)
        try cluster.start(taskManagers: 2)
        let id = try cluster.submit(parallelism: 3, settings: settings)
        #expect(cluster.run(id, until: .running), "seed \(seed)")
        cluster.manager?.stop(id, drain: false) { _ in }
        cluster.world.run(for: Int64(chance.below(8_000_000)))
        cluster.killJobManager()
        try cluster.restartJobManager()
        do throws(WeirError) {
            // If it died before it had written the wish down.
            try cluster.stop(id, drain: false)
        } catch {
            #expect(error.code == .unknownJob, "seed \(seed): \(error)")
        }
        #expect(cluster.run(id, until: .finished), "seed \(seed): \(cluster.notices.all)")
        let store = CheckpointStore(
            LocalFileStore(world: cluster.world, directory: "/cluster/jobs/\(id)/checkpoints")
        )
        let newest = try #require(try store.list().first { $0.state == .complete })
        let manifest = try store.load(newest.checkpoint)
        #expect(manifest.purpose == .checkpoint, "seed \(seed): rows are left")
    }

    @Test("amid a passing fault of the disk costs no job", arguments: Seeds.upTo(6))
    func unreadable(seed: UInt64) throws {
        let clicks = Clicks(count: 6000, splits: 3).input(seed: seed)
        let output = TestOutput()
        let cluster = cluster(clicks, output, seed: seed)
        try cluster.start(taskManagers: 2)
        let id = try cluster.submit(parallelism: 3, settings: settings)
        #expect(cluster.run(id, until: .running), "seed \(seed)")
        cluster.killJobManager()
        let path = "/jobs/\(id)/attempt"
        cluster.world.disk.inject(FileFault(.read, path: path))
        try cluster.restartJobManager()
        #expect(cluster.run(id, until: .finished), "seed \(seed): \(cluster.notices.all)")
        #expect(cluster.notices.all.contains { $0.contains("cannot be taken over yet") })
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "seed \(seed): \(ledger)")
        #expect(cluster.workers.all.count == 2, "seed \(seed): its tasks went on")
    }

    @Test(
        "together with any worker or task manager costs nothing but time",
        arguments: Seeds.upTo(30)
    )
    func kills(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 6000, splits: 3).input(seed: seed)
        let output = TestOutput()
        let cluster = cluster(clicks, output, seed: seed)
        try cluster.start(taskManagers: 3)
        let id = try cluster.submit(parallelism: 1 + chance.below(4), settings: settings)
        for round in 0..<5 {
            cluster.world.run(for: Int64(chance.below(60_000_000)))
            switch chance.below(4) {
            case 0:
                let workers = cluster.workers.all
                if !workers.isEmpty { workers[chance.below(workers.count)].killProcess() }
            case 1:
                let number = chance.below(cluster.taskManagers.count)
                cluster.taskManagers[number].killProcess()
                try cluster.startTaskManager(10 + round)
            default: break
            }
            if chance.below(2) == 0 {
                cluster.killJobManager()
                if chance.below(2) == 0 {
                    cluster.world.run(for: Int64(chance.below(500_000_000)))
                }
                try cluster.restartJobManager()
            }
        }
        #expect(cluster.run(id, until: .finished), "seed \(seed): \(cluster.notices.all)")
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "seed \(seed): \(ledger)")
    }

    @Test("while the input ends does not keep the job from its end", arguments: Seeds.upTo(5))
    func endWithoutLeader(seed: UInt64) throws {
        let clicks = Clicks(count: 2000, splits: 2).input(seed: seed)
        let output = TestOutput()
        let cluster = cluster(clicks, output, seed: seed)
        try cluster.start(taskManagers: 2)
        let id = try cluster.submit(parallelism: 2, settings: settings)
        #expect(cluster.run(id, until: .running))
        let workers = cluster.workers.all.count
        cluster.killJobManager()
        cluster.world.run(for: 5_000_000_000)
        try cluster.restartJobManager()
        #expect(cluster.run(id, until: .finished, limit: .seconds(10)), "\(cluster.notices.all)")
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "seed \(seed): \(ledger)")
        #expect(cluster.workers.all.count == workers, "seed \(seed): \(cluster.notices.all)")
    }

    @Test("with all task managers is survived from the last checkpoint")
    func everythingLost() throws {
        let clicks = Clicks(count: 20_000, splits: 3).input(seed: 5)
        let output = TestOutput()
        let cluster = cluster(clicks, output, seed: 5)
        try cluster.start(taskManagers: 2)
        let id = try cluster.submit(parallelism: 3, settings: settings)
        #expect(cluster.run(id, until: .running))
        for _ in 0..<100 where cluster.report(id)?.status.lastCheckpoint == CheckpointID.none {
            cluster.world.run(for: 5_000_000)
        }
        #expect(cluster.report(id)?.state == .running)
        cluster.killJobManager()
        for manager in cluster.taskManagers { manager.killProcess() }
        try cluster.restartJobManager()
        for number in 5..<7 { try cluster.startTaskManager(number) }
        #expect(cluster.run(id, until: .finished), "\(cluster.notices.all)")
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
        #expect(cluster.notices.all.contains { $0.contains("going on from checkpoint") })
    }

    @Test("forgets no wish of a person and no job that has ended")
    func wishes() throws {
        let clicks = Clicks(count: 40_000, splits: 2).input(seed: 9)
        let output = TestOutput()
        let cluster = cluster(clicks, output, seed: 9)
        try cluster.start(taskManagers: 2)
        let stopped = try cluster.submit(parallelism: 1, settings: settings)
        let cancelled = try cluster.submit(parallelism: 1, settings: settings)
        #expect(cluster.run(stopped, until: .running))
        #expect(cluster.run(cancelled, until: .running))
        try cluster.stop(stopped, drain: false)
        try cluster.cancel(cancelled)
        cluster.killJobManager()
        cluster.world.run(for: 50_000_000)
        try cluster.restartJobManager()
        #expect(
            cluster.run(stopped, until: .finished, limit: .seconds(20)),
            "\(cluster.notices.all)"
        )
        #expect(cluster.run(cancelled, until: .canceled, limit: .seconds(20)))
        // Stopped where it was, not at the end of its input.
        #expect(output.committedValues.count < expected(clicks).count * 2)
        let ends = [stopped, cancelled].map { cluster.report($0)?.endedAt }
        cluster.killJobManager()
        try cluster.restartJobManager()
        #expect([stopped, cancelled].map { cluster.report($0)?.endedAt } == ends)
        #expect(cluster.report(stopped)?.state == .finished)
        #expect(cluster.report(cancelled)?.state == .canceled)
    }

    @Test("with a damaged record is told, and other jobs go on")
    func damagedRecord() throws {
        let clicks = Clicks(count: 20_000, splits: 2).input(seed: 11)
        let cluster = cluster(clicks, TestOutput(), seed: 11)
        try cluster.start(taskManagers: 2)
        let lost = try cluster.submit(parallelism: 1, settings: settings)
        let kept = try cluster.submit(parallelism: 1, settings: settings)
        #expect(cluster.run(kept, until: .running))
        cluster.killJobManager()
        let path = "/cluster/jobs/\(lost)/record"
        var bytes = try cluster.world.files.readAll(path)
        bytes[bytes.count / 2] ^= 1
        try cluster.world.files.replaceAll(path, with: bytes)
        try cluster.restartJobManager()
        #expect(cluster.run(kept, until: .running))
        #expect(cluster.report(lost) == nil)
        #expect(cluster.notices.all.contains { $0.contains("record of job \(lost)") })
    }
}
