import Testing
import Weir
import WeirTesting

@Suite("Programs without keys")
struct StatelessTests {
    @Test(
        "map, flatMap, filter, union and rebalance give each row once",
        arguments: Seeds.upTo(5)
    )
    func stateless(seed: UInt64) throws {
        var chance = Chance(seed)
        let first = Clicks(count: 200).input(seed: seed)
        let second = Clicks(count: 150, splits: 2).input(seed: seed + 100)
        let output = TestOutput()
        let job = JobDriver(seed: seed, name: "stateless") { program in
            let doubled = program.from(first.source(name: "first"), as: Click.self)
                .map(to: Click.self) { click, out in
                    out[Click.user] = click[Click.user]
                    out[Click.amount] = click[Click.amount] * 2
                }
            let copied = program.from(second.source(name: "second"), as: Click.self)
                .flatMap(to: Click.self) { click, collector in
                    for number in 0..<click[Click.user] % 3 {
                        collector.emit { out in
                            out[Click.user] = -number
                            out[Click.amount] = click[Click.amount]
                        }
                    }
                }
            doubled.union(copied).rebalance().filter { $0[Click.amount] % 3 != 0 }
                .sink(output.sink(name: "rows"))
        }
        #expect(try job.finish(crashes: 3, &chance) == .finished)
        let expected =
            first.rows.map { [$0.values[0], .integer($0.integer(1) * 2)] }
            + second.rows.flatMap { row in
                (0..<row.integer(0) % 3).map { [.integer(-$0), row.values[1]] }
            }
        let ledger = Ledger(
            expected: expected.filter { HarnessRow($0, eventTime: 0).integer(1) % 3 != 0 },
            actual: output.committedValues
        )
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test(
        "late rows are parted by their own split's watermark, whatever happens to the job",
        arguments: Seeds.upTo(5)
    )
    func splitLate(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 400, disorder: 20, bound: 8).input(seed: seed)
        let inTime = TestOutput()
        let late = TestOutput()
        let job = JobDriver(seed: seed, name: "late") { program in
            let parted = program.from(clicks.source(name: "clicks"), as: Click.self).splitLate()
            parted.sink(inTime.sink(name: "in time"))
            parted.sideOutput(1, as: Click.self).sink(late.sink(name: "late"))
        }
        #expect(try job.finish(crashes: 3, &chance) == .finished)
        let isLate = { (row: HarnessRow) in row.eventTime <= row.splitWatermark }
        let expectedLate = clicks.rows.filter(isLate)
        #expect(expectedLate.count > 20)
        let lateLedger = Ledger(expected: expectedLate, actual: late.committed)
        #expect(lateLedger.isBalanced, "\(lateLedger)")
        let ledger = Ledger(expected: clicks.rows.filter { !isLate($0) }, actual: inTime.committed)
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test("a union takes any number of streams", arguments: [0, 1, 6])
    func unionOfMany(count: Int) throws {
        let inputs = (0...count).map { Clicks(count: 50 + 10 * $0).input(seed: UInt64($0)) }
        let output = TestOutput()
        let job = JobDriver(seed: 9, name: "union") { program in
            let streams = inputs.enumerated().map { number, input in
                program.from(input.source(name: "clicks \(number)"), as: Click.self)
            }
            streams[0].union(Array(streams.dropFirst())).sink(output.sink(name: "all"))
        }
        try job.start(parallelism: 2)
        job.run(for: .milliseconds(12))
        job.crash()
        try job.start(parallelism: 3)
        #expect(try job.finish() == .finished)
        let ledger = Ledger(
            expected: inputs.flatMap { $0.rows.map(\.values) },
            actual: output.committedValues
        )
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test("a stream without rows for its idle timeout does not hold back another")
    func idleTimeout() throws {
        let inputs = [TestInput(Click.schema), TestInput(Click.schema)]
        let output = TestOutput()
        let job = JobDriver(name: "idle") { program in
            let streams = inputs.enumerated().map { number, input in
                program.from(input.source(name: "clicks \(number)"), as: Click.self)
                    .assignWatermarks(
                        .boundedDisorder(milliseconds: 0, idleTimeoutMilliseconds: 100)
                    )
            }
            streams[0].union(streams[1])
                .keyBy(Click.user)
                .window(.tumbling(every: .milliseconds(10)))
                .aggregate(.count(), to: Total.self) { count, click, _, row in
                    row[Total.user] = click[Click.user]
                    row[Total.sum] = count
                }
                .sink(output.sink(name: "counts"))
        }
        try job.start()
        inputs[0].push([[1, 0], [1, 0], [1, 0]], at: [1, 2, 15])
        job.run(for: .milliseconds(60))
        #expect(output.committed.isEmpty)
        // The first stream says something now and then; the second falls silent after 100 ms.
        inputs[0].push([1, 0], at: 16)
        job.run(for: .milliseconds(80))
        #expect(output.committedValues == [[1, 2]])
        // A row of the second stream makes it count again.
        inputs[1].push([2, 0], at: 17)
        job.run(for: .milliseconds(20))
        inputs[0].push([1, 0], at: 40)
        job.run(for: .milliseconds(60))
        #expect(output.committedValues == [[1, 2]])
        for input in inputs { input.end() }
        #expect(try job.finish() == .finished)
        let ledger = Ledger(
            expected: [[1, 2], [1, 2], [2, 1], [1, 1]],
            actual: output.committedValues
        )
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test("watermarks are assigned in the middle of a program")
    func assigned() throws {
        let clicks = TestInput(Click.schema)
        let output = TestOutput()
        let job = JobDriver(name: "assigned") { program in
            program.from(clicks.source(name: "clicks"), as: Click.self)
                .assignWatermarks(
                    .boundedDisorder(milliseconds: 5) { batch, rows in
                        let times = batch.eventTimes
                        for row in rows {
                            let click = RowView<Click>(batch.columnReferences, row: row)
                            times[row] = click[Click.amount] * 10
                        }
                    }
                )
                .keyBy(Click.user)
                .window(.tumbling(every: .milliseconds(50)))
                .aggregate(.count(), to: Total.self) { count, click, _, row in
                    row[Total.user] = click[Click.user]
                    row[Total.sum] = count
                }
                .sink(output.sink(name: "counts"))
        }
        try job.start()
        clicks.push([[1, 0], [1, 4], [2, 3], [1, 5]], at: [0, 0, 0, 0])
        try job.checkpoint()
        // The highest time is 50, so the watermark stands at 44, and the first window is open.
        #expect(output.committed.isEmpty)
        job.crash()
        try job.start()
        clicks.push([1, 6], at: 0)
        try job.checkpoint()
        #expect(Ledger(expected: [[1, 2], [2, 1]], actual: output.committedValues).isBalanced)
        clicks.end()
        #expect(try job.finish() == .finished)
        let all = Ledger(expected: [[1, 2], [2, 1], [1, 2]], actual: output.committedValues)
        #expect(all.isBalanced, "\(all)")
    }
}
