import Testing
import WeirCore
import WeirData
import WeirOperators
import WeirTesting

@Suite("Running aggregates")
struct RunningAggregateTests {
    static func make() -> RunningAggregate {
        let function = CountAggregate<Click>().and(SumAggregate(Click.amount))
        return RunningAggregate(
            KeyFields(Click.schema, columns: [0]),
            width: accumulatorWidth(type(of: function).Accumulator.self),
            format: function.stateFormat,
            makeRunningAggregateKernel(function) { (result, click, row: RowWriter<Total>) in
                row[Total.user] = click[Click.user]
                row[Total.sum] = result.1
                row[Total.start] = result.0
                row[Total.end] = 0
            }
        )
    }

    @Test("each row gives the result so far of its key")
    func resultSoFar() throws {
        let harness = try OperatorHarness(outputs: [Total.schema]) { Self.make() }
        let rows = [Click.row(1, 10, at: 5), Click.row(2, 7, at: 6), Click.row(1, 5, at: 7)]
        try harness.push(rows, schema: Click.schema)
        let results = harness.takeRows()
        #expect(results.map(\.values) == [[1, 10, 1, 0], [2, 7, 1, 0], [1, 15, 2, 0]])
        #expect(results.map(\.eventTime) == [5, 6, 7])
    }

    @Test("accumulators survive a restore at another parallelism", arguments: [1, 2, 3])
    func rescale(_ parallelism: Int) throws {
        let first = try OperatorHarness(outputs: [Total.schema]) { Self.make() }
        try first.push((0..<40).map { Click.row($0, $0, at: 0) }, schema: Click.schema)
        let snapshot = try first.snapshot()
        var results: [[Value]] = []
        for index in 0..<parallelism {
            let harness = try OperatorHarness(
                outputs: [Total.schema],
                subtask: Subtask(index: index, parallelism: parallelism),
                world: first.world,
                restoring: [snapshot]
            ) { Self.make() }
            let own = (0..<40).filter { user in
                let group = KeyGroup(
                    hash: KeyHash.hash(UInt64(user)),
                    maxParallelism: harness.context.maxParallelism
                )
                return KeyGroupRange(
                    subtask: harness.context.subtask,
                    maxParallelism: harness.context.maxParallelism
                ).contains(group)
            }
            try harness.push(own.map { Click.row(Int64($0), 1, at: 1) }, schema: Click.schema)
            results += harness.takeRows().map(\.values)
        }
        let expected = (0..<40).map { user -> [Value] in
            [.integer(Int64(user)), .integer(Int64(user) + 1), 2, 0]
        }
        #expect(Set(results) == Set(expected))
    }
}
