import Testing
import Weir
import WeirTesting

@Suite("A whole job in a simulated world")
struct JobDriverTests {
    /// Running totals of each user: filter, exchange, keyed state, sink.
    private func totals(
        _ clicks: TestInput,
        _ output: TestOutput,
        seed: UInt64 = 1
    ) -> JobDriver {
        JobDriver(seed: seed, name: "totals") { program in
            program.from(clicks.source(name: "clicks"), as: Click.self)
                .filter { $0[Click.amount] % 5 != 0 }
                .keyBy(Click.user)
                .aggregate(.sum(Click.amount), to: Total.self) { sum, click, row in
                    row[Total.user] = click[Click.user]
                    row[Total.sum] = sum
                }
                .sink(output.sink(name: "totals"))
        }
    }

    private func expected(_ clicks: TestInput) -> [[Value]] {
        Reference(clicks.rows.filter { $0.integer(1) % 5 != 0 })
            .folded(by: [0], from: Int64(0)) { sum, row in
                sum += row.integer(1)
                return [[row.values[0], .integer(sum)]]
            }
    }

    @Test("gives what the reference gives, at any parallelism", arguments: [1, 2, 3, 4])
    func matchesReference(parallelism: Int) throws {
        let clicks = Clicks().input(seed: 1)
        let output = TestOutput()
        let job = totals(clicks, output)
        try job.start(parallelism: parallelism)
        #expect(try job.finish() == .finished)
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test("is the same run for the same seed")
    func isDeterministic() throws {
        func trace(_ seed: UInt64) throws -> UInt64 {
            let job = totals(Clicks().input(seed: 1), TestOutput(), seed: seed)
            try job.start(parallelism: 3)
            job.run(for: .milliseconds(40))
            job.crash()
            try job.start(parallelism: 2)
            #expect(try job.finish() == .finished)
            return job.world.traceHash
        }
        #expect(try trace(5) == trace(5))
        #expect(try trace(5) != trace(6))
    }

    @Test(
        "crashed at random moments and started at other parallelisms loses and repeats nothing",
        arguments: Seeds.upTo(40)
    )
    func survivesCrashes(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 600).input(seed: seed)
        let output = TestOutput()
        let job = totals(clicks, output, seed: seed)
        for _ in 0..<6 {
            try job.start(parallelism: 1 + chance.below(4))
            job.run(for: .microseconds(chance.below(40_000)))
            if chance.below(2) == 0 { job.crash() } else { job.cutPower() }
        }
        try job.start(parallelism: 1 + chance.below(4))
        #expect(try job.finish() == .finished)
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test("takes a checkpoint when it is asked to, and goes on from it with more rows")
    func restoresFromCheckpoint() throws {
        let clicks = TestInput(Click.schema)
        let output = TestOutput()
        let job = totals(clicks, output)
        try job.start(parallelism: 2)
        clicks.push([[1, 1], [1, 2], [2, 3]], at: [1, 2, 3])
        let manifest = try job.checkpoint()
        #expect(!manifest.isUnaligned)
        #expect(Set(output.committedValues) == [[1, 1], [1, 3], [2, 3]])
        clicks.push([1, 4], at: 4)
        job.crash()
        try job.start(parallelism: 1)
        clicks.end()
        #expect(try job.finish() == .finished)
        #expect(Set(output.committedValues) == [[1, 1], [1, 3], [2, 3], [1, 7]])
    }

    @Test("stopped, it is suspended, and goes on when it is started again")
    func stopsAndGoesOn() throws {
        let clicks = Clicks(count: 500).input(seed: 3)
        let output = TestOutput()
        let job = totals(clicks, output)
        try job.start(parallelism: 2)
        job.run(for: .milliseconds(15))
        #expect(try job.stop() == .suspended)
        let atStop = output.committed.count
        #expect(atStop > 0)
        try job.start(parallelism: 3)
        #expect(try job.finish() == .finished)
        #expect(output.committed.count > atStop)
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }
}
