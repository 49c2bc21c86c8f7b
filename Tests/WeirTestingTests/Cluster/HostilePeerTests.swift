import Testing
import Weir
import WeirControl
import WeirJobManager
import WeirSimulation
import WeirTesting

@Suite("The ports of a cluster")
struct HostilePeerTests: TotalsSuite {
    /// A cluster that runs, and what goes to its ports.
    private func running(
        _ clicks: TestInput,
        _ output: TestOutput,
        seed: UInt64,
        taskManagers: Int = 2
    ) throws -> (SimulatedCluster, TrafficRecorder) {
        let cluster = cluster(clicks, output, seed: seed)
        let recorder = TrafficRecorder()
        cluster.world.loopback.taps.append(recorder)
        try cluster.start(taskManagers: taskManagers)
        return (cluster, recorder)
    }

    /// Every port of the cluster.
    private func ports(_ cluster: SimulatedCluster) -> [(node: String, port: Int)] {
        ["jm", "tm-0", "tm-1"].flatMap { node in
            cluster.world.loopback.ports(ofNode: node).map { (node, $0) }
        }
    }

    private func isDone(_ id: JobID, _ cluster: SimulatedCluster) -> Bool {
        cluster.report(id)?.state == .finished
    }

    @Test(
        "refuse garbage, oversized frames, trickles and replays, while a job runs on undisturbed",
        arguments: Seeds.upTo(6)
    )
    func attacks(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 3000, splits: 3).input(seed: seed)
        let output = TestOutput()
        let (cluster, recorder) = try running(clicks, output, seed: seed)
        let id = try cluster.submit(parallelism: 3, settings: settings)
        let peer = HostilePeer(cluster.world, seed: seed)
        for round in 0..<4000 where round < 400 || !isDone(id, cluster) {
            let ports = ports(cluster)
            if round < 400 {
                let (node, port) = ports[chance.below(ports.count)]
                peer.attack(node, port, recordings: recorder.recordings(of: node))
            }
            cluster.world.run(for: 300_000)
            peer.step()
        }
        #expect(isDone(id, cluster), "seed \(seed): \(cluster.notices.all)")
        #expect(cluster.report(id)?.status.restarts == 0, "seed \(seed): \(cluster.notices.all)")
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "seed \(seed): \(ledger)")
        // Whoever is still there stays silent, and goes when his time is over.
        for _ in 0..<120 {
            cluster.world.run(for: 100_000_000)
            peer.step()
        }
        #expect(peer.openCount == 0, "seed \(seed)")
        #expect(peer.made >= 350 && peer.refused > 200, "seed \(seed): \(peer.refused)")
        // What a stranger may send, and what lies in the sockets' buffers.
        let most = ControlProtocol.mostStrangerBytes + 24 + 2 * 65_536
        #expect(peer.mostSent <= most, "seed \(seed): \(peer.mostSent)")
        let managers = Record<Int>()
        cluster.manager?.taskManagers { managers.add($0.count) }
        cluster.world.run(for: 1_000_000)
        #expect(managers.all == [2], "seed \(seed): \(cluster.notices.all)")
    }

    @Test("let honest peers in while hundreds stare at them", arguments: Seeds.upTo(2))
    func stares(seed: UInt64) throws {
        let clicks = Clicks(count: 300, splits: 3).input(seed: seed)
        let output = TestOutput()
        let (cluster, _) = try running(clicks, output, seed: seed)
        let peer = HostilePeer(cluster.world, seed: seed)
        cluster.world.run(for: 5_000_000)
        for _ in 0..<300 { peer.stare("jm", 6123) }
        let id = try cluster.submit(parallelism: 4, settings: settings)
        // The workers' ports are stared at before their attempt comes to them.
        for _ in 0..<200 {
            cluster.world.run(for: 100_000)
            for (node, port) in ports(cluster) where node != "jm" && peer.made < 900 {
                for _ in 0..<5 { peer.stare(node, port) }
            }
            peer.step()
        }
        #expect(cluster.run(id, until: .finished), "seed \(seed): \(cluster.notices.all)")
        #expect(cluster.report(id)?.status.restarts == 0, "seed \(seed): \(cluster.notices.all)")
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "seed \(seed): \(ledger)")
        #expect(peer.made >= 600)
    }

    /// Runs a job on a task manager that lies, for some turns; returns what is known of it then.
    private func report(
        _ lies: @escaping (Deployment) -> [WorkerReport]
    ) throws -> JobReport? {
        let clicks = Clicks(count: 10).input(seed: 3)
        let (cluster, _) = try running(clicks, TestOutput(), seed: 3, taskManagers: 0)
        let id = try cluster.submit(parallelism: 2, settings: settings)
        let graph = try #require(cluster.report(id)?.graph.streamGraph)
        let rogue = try RogueTaskManager(
            cluster.world,
            port: 6123,
            fingerprint: graph.fingerprint,
            lies: lies
        )
        for _ in 0..<100 {
            try rogue.step()
            cluster.world.run(for: 2_000_000)
        }
        #expect(rogue.deployments > 0, "\(cluster.notices.all)")
        return cluster.report(id)
    }

    private func event(_ task: TaskID, _ attempt: Attempt, _ kind: TaskEvent.Kind) -> WorkerReport {
        .task(TaskEvent(task: task, attempt: attempt, kind: kind))
    }

    @Test("end a worker that tells of a task that its job does not have")
    func foreignTask() throws {
        let report = try report { deployment in
            let task = TaskID(vertex: 900, subtask: 0)
            let error = WeirError(.jobFailed, "It never was.")
            return [self.event(task, deployment.attempt, .failed(error))]
        }
        let text = report?.execution.failures.map(\.error.message).joined() ?? ""
        #expect(text.contains("task 900.0, which its job does not have"), "\(text)")
    }

    @Test("take in counters whose sum is past all numbers")
    func hostileNumbers() throws {
        let report = try report { deployment in
            var metrics = TaskMetrics()
            metrics.rowsIn = .max
            metrics.rowsLate = .max
            metrics.recordsMalformed = .min
            metrics.progress = .infinity
            return (0..<2).flatMap { vertex in
                (0..<2).flatMap { subtask in
                    let task = TaskID(vertex: vertex, subtask: subtask)
                    return [
                        self.event(task, deployment.attempt, .metrics(metrics)),
                        self.event(task, deployment.attempt, .latencies([.max, .min, 0])),
                    ]
                }
            }
        }
        let status = try #require(report?.status)
        #expect(status.lateRows == .max)
        #expect(status.malformedRecords == .min)
        #expect(status.sourceRows == .max)
        #expect(status.progress == nil)
    }
}
