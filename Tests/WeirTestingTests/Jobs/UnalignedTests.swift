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

    @Test(
        "and aborted ones, over crashes and rescales, lose and repeat nothing",
        arguments: Shape.allCases,
        Seeds.upTo(8)
    )
    func survivesCrashes(shape: Shape, seed: UInt64) throws {
        var chance = Chance(seed)
        let inputs = inputs(shape, seed: seed)
        let output = TestOutput()
        let job = slowTotals(inputs, output, shape, seed: seed)
        for _ in 0..<5 {
            job.options.settings.alignedCheckpointTimeout = .milliseconds(
                [0, 1, 4][chance.below(3)]
            )
            job.options.settings.mergeMemoryPercent = [0, 87][chance.below(2)]
            job.options.settings.eagerRestoreSize = .mebibytes([0, 4][chance.below(2)])
            // Some checkpoints are given up while their barriers are on their way.
            job.options.settings.checkpointTimeout = .milliseconds([6, 12, 1000][chance.below(3)])
            job.options.settings.checkpointInterval = .milliseconds([3, 10][chance.below(2)])
            if chance.below(4) == 0 {
                job.world.disk.inject(
                    FileFault(.write, path: "/job/checkpoints", after: chance.below(40))
                )
            }
            // With more than one, rows are in flight on connections, too.
            job.options.workerCount = 1 + chance.below(3)
            try job.start(parallelism: 1 + chance.below(4))
            job.run(for: .microseconds(chance.below(60_000)))
            if chance.below(2) == 0 { job.crash() } else { job.cutPower() }
            job.world.disk.removeFaults()
        }
        job.options.settings.checkpointTimeout = .seconds(10)
        try job.start(parallelism: 1 + chance.below(4))
        #expect(try job.finish() == .finished)
        let ledger = Ledger(expected: expected(inputs), actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test(
        "does not make a row late that was in time: windows and joins have all of their rows",
        arguments: Seeds.upTo(10)
    )
    func windowsAndJoins(seed: UInt64) throws {
        var chance = Chance(seed)
        let left = Clicks(count: 300, splits: 4, isFast: true).input(seed: seed)
        let right = Clicks(count: 200, splits: 2, isFast: true).input(seed: seed + 500)
        let windows = TestOutput()
        let pairs = TestOutput()
        let job = JobDriver(seed: seed, name: "windows") { program in
            let lefts = program.from(left.source(name: "left"), as: Click.self)
                .rebalance()
                .taking(.microseconds(150))
            let rights = program.from(right.source(name: "right"), as: Click.self)
            lefts.union(rights).keyBy(Click.user)
                .window(.tumbling(every: .milliseconds(15)))
                .aggregate(.sum(Click.amount), to: Total.self) { sum, click, _, row in
                    row[Total.user] = click[Click.user]
                    row[Total.sum] = sum
                }
                .taking(.microseconds(100))
                .sink(windows.sink(name: "windows"))
            lefts.keyBy(Click.user)
                .join(
                    rights.keyBy(Click.user),
                    window: .tumbling(every: .milliseconds(15)),
                    to: Total.self
                ) { one, other, row in
                    row[Total.user] = one[Click.user]
                    row[Total.sum] = one[Click.amount] * 1000 + other[Click.amount]
                }
                .taking(.microseconds(50))
                .sink(pairs.sink(name: "pairs"))
        }
        for _ in 0..<4 {
            job.options.settings.alignedCheckpointTimeout = .milliseconds([0, 2][chance.below(2)])
            job.options.settings.checkpointInterval = .milliseconds([4, 15][chance.below(2)])
            // With more than one, rows are in flight on connections, too.
            job.options.workerCount = 1 + chance.below(3)
            try job.start(parallelism: 1 + chance.below(4))
            job.run(for: .microseconds(chance.below(60_000)))
            if chance.below(2) == 0 { job.crash() } else { job.cutPower() }
        }
        try job.start(parallelism: 1 + chance.below(4))
        #expect(try job.finish() == .finished)
        let assigner = WindowAssigner.tumbling(every: .milliseconds(15))
        let sums = Reference(left.rows + right.rows).windows(assigner, by: [0]).windows.map {
            [$0.key[0], .integer($0.rows.reduce(0) { $0 + $1.integer(1) })]
        }
        let ledger = Ledger(expected: sums, actual: windows.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
        let expectedPairs = left.rows.flatMap { one in
            right.rows.filter {
                $0.values[0] == one.values[0] && $0.eventTime / 15 == one.eventTime / 15
            }.map { [one.values[0], .integer(one.integer(1) * 1000 + $0.integer(1))] }
        }
        let pairLedger = Ledger(expected: expectedPairs, actual: pairs.committedValues)
        #expect(pairLedger.isBalanced, "\(pairLedger)")
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
