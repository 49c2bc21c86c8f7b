import Testing
import Weir
import WeirJobManager
import WeirTesting

@Suite("Faults of a simulated cluster")
struct FaultTests: TotalsSuite {
    private static let lasting = Duration.milliseconds(5)

    /// One fault of each kind that a cluster survives whose job manager keeps living.
    static let faults: [ClusterFault] = [
        .killWorker(victim: 3),
        .killTaskManager(victim: 1, restartAfter: lasting),
        .freezeWorker(victim: 2, for: lasting),
        .freezeTaskManager(victim: 0, withWorkers: true, for: .seconds(5)),
        .freezeTaskManager(victim: 0, withWorkers: false, for: .seconds(5)),
        .freezeJobManager(for: lasting),
        .holdThreads(oneIn: 10, by: lasting, for: .milliseconds(50)),
        .cutFromJobManager(victim: 1, direction: .there, for: .seconds(4)),
        .cutBetween(victim: 0, other: 1, direction: .back, for: lasting),
        .resetConnections(victim: 1),
        .slowNetwork(victim: 0, by: .milliseconds(20), for: .milliseconds(50)),
        .startImpostor(for: .milliseconds(50)),
        .replayMessages(count: 100),
        .failFile(operation: .write, path: "/checkpoints/", after: 3, isLasting: true),
        .fillDisk(for: lasting),
        .slowDisk(by: .milliseconds(20), for: .milliseconds(50)),
        .stutterDisk(oneIn: 3, by: .milliseconds(20), for: .milliseconds(50)),
    ]

    @Test("each happen, and the output is right", arguments: FaultTests.faults)
    func survives(fault: ClusterFault) throws {
        let clicks = Clicks(count: 1000, splits: 3).input(seed: 1, isEnded: false)
        let output = TestOutput()
        let cluster = SimulatedCluster(seed: 1) { program in
            program.from(clicks.source(name: "clicks"), as: Click.self)
                .keyBy(Click.user)
                .aggregate(.sum(Click.amount), to: Total.self) { sum, click, row in
                    row[Total.user] = click[Click.user]
                    row[Total.sum] = sum
                }
                .sink(output.sink(name: "totals"))
        }
        try cluster.start(taskManagers: 2)
        let settings = [
            "execution.checkpointing.interval": "5ms",
            "restart-strategy.exponential-delay.initial-backoff": "1ms",
        ]
        let id = try cluster.submit(parallelism: 3, settings: settings)
        let at = Int64(30_000_000)
        let injector = FaultInjector(FaultSchedule([.init(at: at, fault: fault)]), for: cluster)
        while let next = injector.next {
            cluster.world.run(for: max(0, next - cluster.world.clock.monotonicNanoseconds()))
            try injector.inject()
        }
        try injector.endAll()
        clicks.end()
        #expect(injector.happened == [fault])
        #expect(cluster.run(id, until: .finished), "\(cluster.notices.all)")
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test("are drawn by a seed: the same ones for the same seed, and of all kinds")
    func drawn() {
        var all: [ClusterFault] = []
        for seed in UInt64(0)..<300 {
            let one = FaultSchedule(seed: seed, kinds: .all, within: .milliseconds(100))
            let two = FaultSchedule(seed: seed, kinds: .all, within: .milliseconds(100))
            #expect(one.entries == two.entries)
            #expect((1...5).contains(one.entries.count))
            #expect(one.entries.allSatisfy { (0..<100_000_000).contains($0.at) })
            all += one.entries.map(\.fault)
        }
        let kinds = Set(all.map { "\($0)".prefix { $0 != "(" } })
        #expect(kinds.count == 18, "\(kinds)")
    }

    @Test("only of the kinds that are wanted are drawn")
    func kinds() {
        for seed in UInt64(0)..<50 {
            let drawn = FaultSchedule(seed: seed, kinds: .replays, within: .milliseconds(100))
            for entry in drawn.entries {
                guard case .replayMessages = entry.fault else {
                    Issue.record("seed \(seed): \(entry.fault)")
                    continue
                }
            }
        }
    }

    @Test(
        "a checkpoint names no file that is deleted, however late tasks learn what is complete",
        arguments: Seeds.upTo(6)
    )
    func lateNotices(seed: UInt64) throws {
        let clicks = Clicks(count: 600, splits: 3).input(seed: seed)
        let cluster = SimulatedCluster(seed: seed) { program in
            program.from(clicks.source(name: "clicks"), as: Click.self)
                .keyBy(Click.user)
                .aggregate(.sum(Click.amount), to: Total.self) { sum, click, row in
                    row[Total.user] = click[Click.user]
                    row[Total.sum] = sum
                }
                .sink(TestOutput().sink(name: "totals"))
        }
        try cluster.start(taskManagers: 2)
        let settings = [
            "execution.checkpointing.interval": "3ms",
            "state.checkpoints.num-retained": "1",
        ]
        let id = try cluster.submit(parallelism: 4, settings: settings)
        // Barriers come from one task manager to the other at once, notices of completion do not.
        cluster.world.loopback.delay(from: "jm", to: "tm-1", by: 30_000_000)
        let store = LocalFileStore(
            world: cluster.world,
            directory: "/cluster/jobs/\(id)/checkpoints"
        )
        var looked = 0
        for _ in 0..<300 {
            cluster.world.run(for: 1_000_000)
            let newest = try CheckpointStore(store).list().first { $0.state == .complete }
            guard let newest else { continue }
            looked += 1
            for file in try CheckpointStore(store).load(newest.checkpoint).files {
                #expect(try store.size(file.name) == file.size, "\(file.name)")
            }
        }
        #expect(looked > 100)
    }
}
