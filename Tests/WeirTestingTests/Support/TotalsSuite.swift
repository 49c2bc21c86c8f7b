import Weir
import WeirTesting

/// What tests of a job share that adds up the amounts of each user's clicks.
protocol TotalsSuite {}

extension TotalsSuite {
    func totals(_ clicks: TestInput, _ sink: SinkDescription, seed: UInt64) -> JobDriver {
        JobDriver(seed: seed, name: "totals") { program in
            program.from(clicks.source(name: "clicks"), as: Click.self)
                .keyBy(Click.user)
                .aggregate(.sum(Click.amount), to: Total.self) { sum, click, row in
                    row[Total.user] = click[Click.user]
                    row[Total.sum] = sum
                }
                .sink(sink)
        }
    }

    func expected(_ clicks: TestInput) -> [[Value]] {
        Reference(clicks.rows).folded(by: [0], from: Int64(0)) { sum, row in
            sum += row.integer(1)
            return [[row.values[0], .integer(sum)]]
        }
    }
}
