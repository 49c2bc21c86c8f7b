import Synchronization
import Weir
import WeirBench
import WeirCore

/// One benchmark as it runs: its clusters, how late the machine is meanwhile, its progress.
final class Bench: Sendable {
    let console: Console
    private let options: BenchOptions
    private let floor: NoiseFloor
    /// The directories of clusters that run.
    private let running = Mutex<[String]>([])

    /// Begins to watch the machine; an interrupt ends the clusters that run then.
    init(_ options: BenchOptions, _ console: Console) {
        self.options = options
        self.console = console
        let world = console.world
        floor = NoiseFloor(world: world)
        world.processes.onInterrupt { [self] in
            for directory in running.withLock({ $0 }) {
                try? BenchCluster.stop(directory, world: world)
            }
            world.processes.tell("\nweir bench: interrupted; its cluster has ended\n")
            world.processes.exit(130)
        }
    }

    /// Says on standard error how far a long measurement is.
    func say(_ text: String) { console.world.processes.tell("weir bench: \(text)\n") }

    /// Monotonic nanoseconds.
    var now: Int64 { console.world.clock.monotonicNanoseconds() }

    /// How late the machine woke threads between two moments, in nanoseconds.
    func lateness(from start: Int64, to end: Int64) -> Percentiles {
        floor.end()
        return floor.lateness(from: start, to: end)
    }

    /// Runs something on a cluster of its own, which has ended afterwards, also after an error.
    func withCluster<Result>(
        _ body: (BenchCluster) throws(WeirError) -> Result
    ) throws(WeirError) -> Result {
        let cluster = try BenchCluster(options, world: console.world) { directory in
            running.withLock { $0.append(directory) }
        }
        let result: Result
        do throws(WeirError) {
            result = try body(cluster)
        } catch {
            // What went wrong first is what is told.
            try? end(cluster)
            throw error
        }
        try end(cluster)
        return result
    }

    private func end(_ cluster: BenchCluster) throws(WeirError) {
        try cluster.end()
        running.withLock { $0.removeAll { $0 == cluster.directory } }
    }
}
