import ArgumentParser
import WeirBench
import WeirCore

/// `weir bench`: measures this machine's Weir.
struct BenchVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures latency, recovery, checkpoints and starts, on a cluster of its own.",
        discussion: """
            weir bench latency --rate 50000 --plot latency.svg
            weir bench recovery --state 1g --kills 10
            weir bench checkpoint --state 1g
            weir bench startup

            Each starts a cluster of real processes on this machine, runs a job on it whose rows come at \
            their times whether or not the job keeps up (an open loop), and ends it. Beside the figures \
            stands how late the machine itself wakes a thread: nothing can be faster than that.
            """,
        subcommands: [
            BenchLatencyVerb.self, BenchRecoveryVerb.self, BenchCheckpointVerb.self,
            BenchStartupVerb.self,
        ]
    )
}

extension Percentiles {
    /// The shares that reports show.
    static let shown: [(name: String, share: Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999),
        ("max", 1),
    ]

    /// A row of a report: what it is, how many values, and the shares in milliseconds.
    func row(_ name: String) -> [Document.Cell] {
        [.text(name), .integer(Int64(count))]
            + Self.shown.map { .milliseconds(value(at: $0.share)) }
    }

    /// The columns of such rows.
    static var columns: [String] { ["what", "count"] + shown.map { $0.name + " ms" } }
}
