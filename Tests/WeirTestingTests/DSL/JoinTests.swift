import Testing
import Weir
import WeirTesting

@Suite("Joins of a program")
struct JoinTests {
    private func rows(_ seed: UInt64) -> (left: TestInput, right: TestInput) {
        (
            Clicks(count: 200, users: 8, disorder: 4, bound: 5).input(seed: seed),
            Clicks(count: 200, users: 8, splits: 2, disorder: 4, bound: 5).input(seed: seed + 50)
        )
    }

    /// User, left amount, right amount.
    private static let write:
        @Sendable (RowView<Click>, RowView<Click>, RowWriter<WindowTotal>)
            -> Void = { left, right, row in
                row[WindowTotal.user] = left[Click.user]
                row[WindowTotal.sum] = right[Click.user]
                row[WindowTotal.start] = left[Click.amount]
                row[WindowTotal.end] = right[Click.amount]
            }

    /// All pairs of one key that satisfy a condition, found one by one.
    private func pairs(
        _ left: TestInput,
        _ right: TestInput,
        _ matches: (HarnessRow, HarnessRow) -> Int
    ) -> [[Value]] {
        left.rows.flatMap { one in
            right.rows.filter { $0.values[0] == one.values[0] }.flatMap { other in
                [[Value]](
                    repeating: [one.values[0], other.values[0], one.values[1], other.values[1]],
                    count: matches(one, other)
                )
            }
        }
    }

    @Test("an interval join pairs rows that are near each other", arguments: Seeds.upTo(6))
    func interval(seed: UInt64) throws {
        var chance = Chance(seed)
        let (left, right) = rows(seed)
        let output = TestOutput()
        let job = JobDriver(seed: seed, name: "interval") { program in
            program.from(left.source(name: "left"), as: Click.self).keyBy(Click.user)
                .intervalJoin(
                    program.from(right.source(name: "right"), as: Click.self).keyBy(Click.user),
                    between: .milliseconds(-10),
                    and: .milliseconds(15),
                    to: WindowTotal.self,
                    Self.write
                )
                .sink(output.sink(name: "pairs"))
        }
        #expect(try job.finish(crashes: 3, &chance) == .finished)
        let expected = pairs(left, right) { one, other in
            (-10...15).contains(other.eventTime - one.eventTime) ? 1 : 0
        }
        let ledger = Ledger(expected: expected, actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test(
        "rows that a join calls late go to the side output of their side, and the others are joined",
        arguments: [true, false],
        Seeds.upTo(4)
    )
    func late(isInterval: Bool, seed: UInt64) throws {
        print("seed \(seed)")
        var chance = Chance(seed)
        // Watermarks stay behind by less than the disorder, so some rows are late.
        let left = Clicks(count: 300, users: 8, disorder: 20, bound: 2).input(seed: seed)
        let right = Clicks(count: 300, users: 8, splits: 2, disorder: 20, bound: 2)
            .input(seed: seed + 50)
        let outputs = [TestOutput(), TestOutput(), TestOutput()]
        let window = WindowAssigner.tumbling(every: .milliseconds(5))
        let job = JobDriver(seed: seed, name: "late") { program in
            let lefts = program.from(left.source(name: "left"), as: Click.self).keyBy(Click.user)
            let rights = program.from(right.source(name: "right"), as: Click.self)
                .keyBy(Click.user)
            let pairs =
                isInterval
                ? lefts.intervalJoin(
                    rights,
                    between: .milliseconds(-10),
                    and: .milliseconds(15),
                    lateRowsToSideOutputs: true,
                    to: WindowTotal.self,
                    Self.write
                )
                : lefts.join(
                    rights,
                    window: window,
                    lateRowsToSideOutputs: true,
                    to: WindowTotal.self,
                    Self.write
                )
            pairs.sink(outputs[0].sink(name: "pairs"))
            pairs.sideOutput(1, as: Click.self).sink(outputs[1].sink(name: "late left"))
            pairs.sideOutput(2, as: Click.self).sink(outputs[2].sink(name: "late right"))
        }
        #expect(try job.finish(crashes: 3, &chance) == .finished)
        func isLate(_ row: HarnessRow) -> Bool {
            let last = isInterval ? row.eventTime : row.eventTime / 5 * 5 + 4
            return last <= row.splitWatermark
        }
        for (input, output) in [(left, outputs[1]), (right, outputs[2])] {
            let expected = input.rows.filter(isLate).map(\.values)
            #expect(!expected.isEmpty)
            let ledger = Ledger(expected: expected, actual: output.committedValues)
            #expect(ledger.isBalanced, "\(ledger)")
        }
        let expected = pairs(left, right) { one, other in
            if isLate(one) || isLate(other) { return 0 }
            if !isInterval { return one.eventTime / 5 == other.eventTime / 5 ? 1 : 0 }
            return (-10...15).contains(other.eventTime - one.eventTime) ? 1 : 0
        }
        let ledger = Ledger(expected: expected, actual: outputs[0].committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test(
        "a window join pairs rows once for each window that they share",
        arguments: [
            .tumbling(every: .milliseconds(30)),
            .sliding(size: .milliseconds(40), every: .milliseconds(20)),
        ] as [WindowAssigner],
        Seeds.upTo(4)
    )
    func window(assigner: WindowAssigner, seed: UInt64) throws {
        var chance = Chance(seed)
        let (left, right) = rows(seed)
        let output = TestOutput()
        let job = JobDriver(seed: seed, name: "window") { program in
            program.from(left.source(name: "left"), as: Click.self).keyBy(Click.user)
                .join(
                    program.from(right.source(name: "right"), as: Click.self).keyBy(Click.user),
                    window: assigner,
                    to: WindowTotal.self,
                    Self.write
                )
                .sink(output.sink(name: "pairs"))
        }
        #expect(try job.finish(crashes: 3, &chance) == .finished)
        func windows(_ row: HarnessRow) -> Set<WindowBounds> {
            Set(Reference([row]).windows(assigner, by: [0]).windows.map(\.bounds))
        }
        let expected = pairs(left, right) { windows($0).intersection(windows($1)).count }
        let ledger = Ledger(expected: expected, actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }
}
