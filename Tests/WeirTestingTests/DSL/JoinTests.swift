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
