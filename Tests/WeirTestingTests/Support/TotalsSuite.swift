import Weir
import WeirTesting

/// What tests of a job share that adds up the amounts of each user's clicks.
protocol TotalsSuite {}

extension TotalsSuite {
    func totals(_ clicks: TestInput, _ sink: SinkDescription, seed: UInt64) -> JobDriver {
        JobDriver(seed: seed, name: "totals") { build($0, clicks, sink) }
    }

    /// A cluster whose job is the same.
    func cluster(_ clicks: TestInput, _ output: TestOutput, seed: UInt64) -> SimulatedCluster {
        SimulatedCluster(seed: seed, name: "totals") { program in
            build(program, clicks, output.sink(name: "totals"))
        }
    }

    /// Settings of a job in a cluster: small batches, many checkpoints, quick restarts.
    var settings: [String: String] {
        [
            "execution.checkpointing.interval": "20ms",
            "restart-strategy.exponential-delay.initial-backoff": "1ms",
            "execution.batch-capacity": "16",
        ]
    }

    func expected(_ clicks: TestInput) -> [[Value]] {
        Reference(clicks.rows).folded(by: [0], from: Int64(0)) { sum, row in
            sum += row.integer(1)
            return [[row.values[0], .integer(sum)]]
        }
    }
}

private func build(
    _ program: StreamExecutionEnvironment,
    _ clicks: TestInput,
    _ sink: SinkDescription
) {
    program.from(clicks.source(name: "clicks"), as: Click.self)
        .keyBy(Click.user)
        .aggregate(.sum(Click.amount), to: Total.self) { sum, click, row in
            row[Total.user] = click[Click.user]
            row[Total.sum] = sum
        }
        .sink(sink)
}
