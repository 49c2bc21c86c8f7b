import Weir
import WeirBench
import WeirCore

/// One benchmark as it runs: its clusters, how late the machine is meanwhile, its progress.
final class Bench: Sendable {
    let console: Console
    private let clusters: OwnClusters
    private let floor: NoiseFloor

    /// Begins to watch the machine.
    init(_ options: BenchOptions, _ console: Console) {
        self.console = console
        clusters = OwnClusters(options.cluster, verb: "weir bench", world: console.world)
        floor = NoiseFloor(world: console.world)
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
        _ body: (OwnCluster) throws(WeirError) -> Result
    ) throws(WeirError) -> Result {
        try clusters.withCluster(body)
    }
}
