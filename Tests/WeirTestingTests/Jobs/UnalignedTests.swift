import Testing
import Weir
import WeirTesting

@Suite("An unaligned checkpoint")
struct UnalignedTests {
    /// What a job looks like between its sources and its slow end.
    enum Shape: CaseIterable {
        case chained
        case unchained
        case union
    }

    /// Running totals, with so slow an end that barriers are stuck.
    private func slowTotals(
        _ inputs: [TestInput],
        _ output: TestOutput,
        _ shape: Shape,
        seed: UInt64
    ) -> JobDriver {
        let job = JobDriver(seed: seed, name: "slow") { program in
            let streams = inputs.enumerated().map { index, input in
                program.from(input.source(name: "clicks \(index)"), as: Click.self)
            }
            let all = shape == .union ? streams[0].union(streams[1]) : streams[0]
            all.filter { $0[Click.amount] % 7 != 0 }
                .keyBy(Click.user)
                .aggregate(.sum(Click.amount), to: Total.self) { sum, click, row in
                    row[Total.user] = click[Click.user]
                    row[Total.sum] = sum
                }
                .taking(.microseconds(200))
                .sink(output.sink(name: "totals"))
        }
        job.options.settings.alignedCheckpointTimeout = .milliseconds(3)
        job.options.settings.isChainingEnabled = shape != .unchained
        return job
    }

    private func expected(_ inputs: [TestInput]) -> [[Value]] {
        Reference(inputs.flatMap(\.rows).filter { $0.integer(1) % 7 != 0 })
            .folded(by: [0], from: Int64(0)) { sum, row in
                sum += row.integer(1)
                return [[row.values[0], .integer(sum)]]
            }
    }

    private func inputs(_ shape: Shape, seed: UInt64) -> [TestInput] {
        let first = Clicks(count: 500, splits: 4, pollRows: 16, isFast: true).input(seed: seed)
        guard shape == .union else { return [first] }
        let others = Clicks(count: 500, splits: 2, firstUser: 1000, pollRows: 16, isFast: true)
        return [first, others.input(seed: seed + 1000)]
    }

    @Test(
        "with rows in flight goes on at any parallelism",
        arguments: Shape.allCases,
        Seeds.upTo(8)
    )
    func rescales(shape: Shape, seed: UInt64) throws {
        for parallelism in [1, 2, 3, 4] {
            let inputs = inputs(shape, seed: seed)
            let output = TestOutput()
            let job = slowTotals(inputs, output, shape, seed: seed)
            try job.start(parallelism: 2)
            let manifest = try job.checkpoint()
            let isUnaligned = manifest.isUnaligned
            #expect(isUnaligned)
            let inFlight = manifest.operators.flatMap(\.subtasks).flatMap(\.channels)
            #expect(inFlight.reduce(0) { $0 + $1.file.size } > 0)
            job.crash()
            try job.start(parallelism: parallelism)
            #expect(try job.finish() == .finished)
            let ledger = Ledger(expected: expected(inputs), actual: output.committedValues)
            #expect(ledger.isBalanced, "2 to \(parallelism): \(ledger)")
        }
    }
}
