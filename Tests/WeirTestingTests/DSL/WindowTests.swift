import Testing
import Weir
import WeirTesting

@Suite("Windows of a program")
struct WindowTests {
    /// Sums of each user's windows, late rows aside.
    private func sums(
        _ clicks: TestInput,
        _ assigner: WindowAssigner,
        lateness: Duration = .zero,
        seed: UInt64,
        _ output: TestOutput,
        late: TestOutput? = nil
    ) -> JobDriver {
        JobDriver(seed: seed, name: "windows") { program in
            var windowed = program.from(clicks.source(name: "clicks"), as: Click.self)
                .keyBy(Click.user)
                .window(assigner)
                .allowedLateness(lateness)
            if late != nil { windowed = windowed.lateRowsToSideOutput() }
            let totals = windowed.aggregate(.sum(Click.amount), to: WindowTotal.self) {
                sum,
                click,
                window,
                row in
                row[WindowTotal.user] = click[Click.user]
                row[WindowTotal.sum] = sum
                row[WindowTotal.start] = window.start
                row[WindowTotal.end] = window.end
            }
            totals.sink(output.sink(name: "totals"))
            if let late {
                totals.sideOutput(1, as: Click.self).sink(late.sink(name: "late"))
            }
        }
    }

    private func expected(_ windows: [Reference.Window]) -> [[Value]] {
        windows.map { window in
            [
                window.key[0], .integer(window.rows.reduce(0) { $0 + $1.integer(1) }),
                .integer(window.bounds.start), .integer(window.bounds.end),
            ]
        }
    }

    @Test(
        "tumbling, sliding and session windows, over crashes and rescales",
        arguments: [
            .tumbling(every: .milliseconds(20)),
            .tumbling(every: .milliseconds(30), offset: .milliseconds(7)),
            .sliding(size: .milliseconds(50), every: .milliseconds(10)),
            .sliding(size: .milliseconds(45), every: .milliseconds(20)),
            .session(gap: .milliseconds(6)),
        ] as [WindowAssigner],
        Seeds.upTo(4)
    )
    func inTime(assigner: WindowAssigner, seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 400).input(seed: seed)
        let output = TestOutput()
        let job = sums(clicks, assigner, seed: seed, output)
        #expect(try job.finish(crashes: 3, &chance) == .finished)
        let windows = Reference(clicks.rows).windows(assigner, by: [0]).windows
        let ledger = Ledger(expected: expected(windows), actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test(
        "the last result of a window has its late rows; rows past the lateness go aside",
        arguments: [
            .tumbling(every: .milliseconds(20)),
            .sliding(size: .milliseconds(40), every: .milliseconds(10)),
        ] as [WindowAssigner],
        Seeds.upTo(5)
    )
    func late(assigner: WindowAssigner, seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 600, users: 5, disorder: 60, bound: 2).input(seed: seed)
        let output = TestOutput()
        let late = TestOutput()
        let job = sums(
            clicks,
            assigner,
            lateness: .milliseconds(15),
            seed: seed,
            output,
            late: late
        )
        #expect(try job.finish(crashes: 3, &chance) == .finished)
        let reference = Reference(clicks.rows).windows(assigner, by: [0], allowedLateness: 15)
        var last: [[Value]: [Value]] = [:]
        for row in output.committedValues { last[[row[0], row[2]]] = row }
        let ledger = Ledger(expected: expected(reference.windows), actual: last.values)
        #expect(ledger.isBalanced, "\(ledger)")
        #expect(reference.late.count > 5)
        let lateLedger = Ledger(
            expected: reference.late.map(\.values),
            actual: late.committedValues
        )
        #expect(lateLedger.isBalanced, "\(lateLedger)")
    }

    @Test("a session's result is in time for a window that ends where the session does")
    func windowOfSessions() throws {
        let clicks = TestInput(Click.schema)
        let output = TestOutput()
        let job = JobDriver(name: "windows of sessions") { program in
            program.from(clicks.source(name: "clicks"), as: Click.self)
                .keyBy(Click.user)
                .window(.session(gap: .milliseconds(10)))
                .aggregate(.sum(Click.amount), to: Total.self) { sum, click, _, row in
                    row[Total.user] = click[Click.user]
                    row[Total.sum] = sum
                }
                .keyBy(Total.user)
                .window(.tumbling(every: .milliseconds(10)))
                .aggregate(.sum(Total.sum), to: WindowTotal.self) { sum, total, window, row in
                    row[WindowTotal.user] = total[Total.user]
                    row[WindowTotal.sum] = sum
                    row[WindowTotal.start] = window.start
                    row[WindowTotal.end] = window.end
                }
                .sink(output.sink(name: "totals"))
        }
        try job.start()
        clicks.push([1, 5], at: 0)
        for watermark: Int64 in 8...11 {
            clicks.advance(watermark: watermark)
            job.run(for: .milliseconds(50))
        }
        clicks.end()
        #expect(try job.finish() == .finished)
        #expect(output.committedValues == [[1, 5, 0, 10]])
    }

    @Test("each so many rows of a key are a count window", arguments: Seeds.upTo(4))
    func count(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 300, users: 7).input(seed: seed)
        let output = TestOutput()
        let job = JobDriver(seed: seed, name: "counts") { program in
            program.from(clicks.source(name: "clicks"), as: Click.self)
                .keyBy(Click.user)
                .countWindow(4)
                .aggregate(.sum(Click.amount), to: Total.self) { sum, click, _, row in
                    row[Total.user] = click[Click.user]
                    row[Total.sum] = sum
                }
                .sink(output.sink(name: "sums"))
        }
        #expect(try job.finish(crashes: 3, &chance) == .finished)
        let expected = Reference(clicks.rows).folded(by: [0], from: [Int64]()) { held, row in
            held.append(row.integer(1))
            guard held.count == 4 else { return [] }
            defer { held = [] }
            return [[row.values[0], .integer(held.reduce(0, +))]]
        }
        let ledger = Ledger(expected: expected, actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test(
        "a global window fires by its trigger, without the rows that its evictor leaves out",
        arguments: Seeds.upTo(4)
    )
    func global(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 200, users: 6, disorder: 0, bound: 1).input(seed: seed)
        let output = TestOutput()
        let job = JobDriver(seed: seed, name: "global") { program in
            program.from(clicks.source(name: "clicks"), as: Click.self)
                .keyBy(Click.user)
                .window(.global)
                .trigger(.count(2))
                .evictor(.count(3))
                .process(to: Total.self) { rows, key, _, collector in
                    collector.emit { row in
                        row[Total.user] = key[Click.user]
                        row[Total.sum] = rows.reduce(0) { $0 + $1[Click.amount] }
                    }
                }
                .sink(output.sink(name: "sums"))
        }
        #expect(try job.finish(crashes: 3, &chance) == .finished)
        let expected = Reference(clicks.rows).folded(by: [0], from: [Int64]()) { all, row in
            all.append(row.integer(1))
            guard all.count % 2 == 0 else { return [] }
            return [[row.values[0], .integer(all.suffix(3).reduce(0, +))]]
        }
        let ledger = Ledger(expected: expected, actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test("a window function gets the rows in the order of their times", arguments: Seeds.upTo(3))
    func ordered(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 300, users: 6).input(seed: seed)
        let output = TestOutput()
        let job = JobDriver(seed: seed, name: "ordered") { program in
            program.from(clicks.source(name: "clicks"), as: Click.self)
                .keyBy(Click.user)
                .window(.tumbling(every: .milliseconds(40)))
                .process(to: Total.self) { rows, key, _, collector in
                    let times = rows.map(\.eventTime)
                    collector.emit { row in
                        row[Total.user] = key[Click.user]
                        row[Total.sum] = times == times.sorted() ? Int64(rows.count) : -1
                    }
                }
                .sink(output.sink(name: "counts"))
        }
        #expect(try job.finish(crashes: 2, &chance) == .finished)
        let windows = Reference(clicks.rows)
            .windows(.tumbling(every: .milliseconds(40)), by: [0]).windows
        let ledger = Ledger(
            expected: windows.map { [$0.key[0], .integer(Int64($0.rows.count))] },
            actual: output.committedValues
        )
        #expect(ledger.isBalanced, "\(ledger)")
    }
}
