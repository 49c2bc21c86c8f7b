import Testing
import Weir
import WeirTesting

@Suite("Running aggregates of a program")
struct AggregateTests {
    /// A user's count, sum, least and greatest amount so far.
    private enum Summary: EventSchema {
        static var user: Column<Int64> { .init(index: 0, id: 1, "user") }
        static var count: Column<Int64> { .init(index: 1, id: 2, "count") }
        static var sum: Column<Int64> { .init(index: 2, id: 3, "sum") }
        static var least: Column<Int64?> { .init(index: 3, id: 4, "least") }
        static var greatest: Column<Int64?> { .init(index: 4, id: 5, "greatest") }
        static let schema = Schema(of: user, count, sum, least, greatest)
    }

    @Test("several aggregates at once, and a reduction", arguments: Seeds.upTo(4))
    func aggregates(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 300).input(seed: seed)
        let summaries = TestOutput()
        let highest = TestOutput()
        let job = JobDriver(seed: seed, name: "aggregates") { program in
            let keyed = program.from(clicks.source(name: "clicks"), as: Click.self)
                .keyBy(Click.user)
            keyed.aggregate(
                .count().and(.sum(Click.amount))
                    .and(.minimum(Click.amount).and(.maximum(Click.amount))),
                to: Summary.self
            ) { result, click, row in
                row[Summary.user] = click[Click.user]
                row[Summary.count] = result.0.0
                row[Summary.sum] = result.0.1
                row[Summary.least] = result.1.0
                row[Summary.greatest] = result.1.1
            }
            .named("summary")
            .sink(summaries.sink(name: "summaries"))
            keyed.reduce({ $0[Click.amount] }, max, to: Total.self) { value, click, row in
                row[Total.user] = click[Click.user]
                row[Total.sum] = value
            }
            .named("highest")
            .sink(highest.sink(name: "highest"))
        }
        #expect(try job.finish(crashes: 3, &chance) == .finished)
        let expected = Reference(clicks.rows).folded(by: [0], from: [Int64]()) { all, row in
            all.append(row.integer(1))
            return [
                [
                    row.values[0], .integer(Int64(all.count)), .integer(all.reduce(0, +)),
                    .integer(all.min() ?? 0), .integer(all.max() ?? 0),
                ]
            ]
        }
        let ledger = Ledger(expected: expected, actual: summaries.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
        let highestLedger = Ledger(
            expected: expected.map { [$0[0], $0[4]] },
            actual: highest.committedValues
        )
        #expect(highestLedger.isBalanced, "\(highestLedger)")
    }
}
