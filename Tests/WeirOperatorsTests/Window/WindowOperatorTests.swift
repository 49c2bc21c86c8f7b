import Testing
import WeirData
import WeirOperators
import WeirTesting

@Suite("Windows of any kind")
struct WindowOperatorTests {
    private static let key = KeyFields(Click.schema, columns: [0])

    static func sum() -> WindowFunction {
        .aggregate(
            makeAccumulatorKernels(SumAggregate(Click.amount)) {
                (sum, key, window, row: RowWriter<Total>) in
                row[Total.user] = key[Click.user]
                row[Total.sum] = sum
                row[Total.start] = window.start
                row[Total.end] = window.end
            }
        )
    }

    static func sumOfRows() -> WindowFunction {
        .process(
            makeWindowProcessKernel {
                (rows: WindowRows<Click>, key, window, out: Collector<Total>) in
                out.emit { row in
                    row[Total.user] = key[Click.user]
                    row[Total.sum] = rows.reduce(0) { $0 + $1[Click.amount] }
                    row[Total.start] = window.start
                    row[Total.end] = window.end
                }
            }
        )
    }

    static func harness(
        _ assigner: WindowAssigner,
        _ function: WindowFunction,
        trigger: WindowTrigger? = nil,
        evictor: WindowEvictor? = nil,
        timeDomain: TimeDomain = .eventTime,
        lateness: Int64 = 0,
        restoring other: OperatorHarness? = nil
    ) throws -> OperatorHarness {
        var options = WindowOptions()
        options.allowedLateness = lateness
        options.emitsLateRows = true
        let make: () -> Operator = {
            WindowOperator(
                key,
                assigner,
                function,
                trigger: trigger,
                evictor: evictor,
                timeDomain: timeDomain,
                options: options
            )
        }
        let outputs = [Total.schema, Click.schema]
        guard let other else { return try OperatorHarness(outputs: outputs) { make() } }
        return try OperatorHarness(
            outputs: outputs,
            world: other.world,
            restoring: [try other.snapshot()]
        ) { make() }
    }

    static func totals(_ rows: [HarnessRow]) -> [[Value]] { rows.map(\.values) }

    @Test(
        "functions of all rows give what the definition gives",
        arguments: SlicedWindowTests.cases
    )
    func processEqualsDefinition(_ window: SlicedWindowTests.Case) throws {
        if window.size / window.slide > 12 { return }
        let script = WindowScript(seed: window.seed, rowCount: 200, users: 4, disorder: 3_000)
        let naive = NaiveWindows(size: window.size, slide: window.slide, lateness: window.lateness)
        let expected = naive.evaluate(script.rows)
        let assigner = WindowAssigner.slidingMilliseconds(
            size: window.size,
            slide: window.slide,
            offset: 0
        )
        let first = try Self.harness(assigner, Self.sumOfRows(), lateness: window.lateness)
        let actual = try script.run(first) { harness, step in
            if step % 3 != 0 { return harness }
            return try Self.harness(
                assigner,
                Self.sumOfRows(),
                lateness: window.lateness,
                restoring: harness
            )
        }
        #expect(WindowScript.lastResults(actual.rows) == expected.results)
        #expect(Set(actual.late.map(\.values)) == Set(expected.late.map(\.values)))
    }

    @Test("rows with gaps up to the session's are one session, which fires at its end")
    func sessions() throws {
        let harness = try Self.harness(.session(gap: .seconds(1)), Self.sum())
        let rows = [
            Click.row(1, 1, at: 0), Click.row(1, 2, at: 1500), Click.row(2, 9, at: 100),
            Click.row(1, 4, at: 800),
        ]
        try harness.push(rows, schema: Click.schema)
        try harness.advance(watermark: 1100)
        #expect(Self.totals(harness.takeRows()) == [[2, 9, 100, 1100]])
        try harness.advance(watermark: 2499)
        #expect(harness.takeRows().isEmpty)
        try harness.advance(watermark: 2500)
        let fired = harness.takeRows()
        #expect(Self.totals(fired) == [[1, 7, 0, 2500]])
        #expect(fired.map(\.eventTime) == [2499])
    }

    @Test(
        "a late row that bridges fired sessions makes the merged one fire",
        arguments: [true, false]
    )
    func bridging(_ restores: Bool) throws {
        var harness = try Self.harness(.session(gap: .seconds(1)), Self.sum(), lateness: 5000)
        let rows = [Click.row(1, 1, at: 0), Click.row(1, 2, at: 1800)]
        try harness.push(rows, schema: Click.schema)
        try harness.advance(watermark: 3000)
        #expect(Self.totals(harness.takeRows()) == [[1, 1, 0, 1000], [1, 2, 1800, 2800]])
        if restores {
            harness = try Self.harness(
                .session(gap: .seconds(1)),
                Self.sum(),
                lateness: 5000,
                restoring: harness
            )
        }
        try harness.push([Click.row(1, 4, at: 900, split: 3000)], schema: Click.schema)
        #expect(Self.totals(harness.takeRows()) == [[1, 7, 0, 2800]])
        try harness.advance(watermark: 7800)
        try harness.push([Click.row(1, 8, at: 900, split: 7800)], schema: Click.schema)
        #expect(harness.takeRows().isEmpty)
        #expect(harness.takeRows(1).map(\.values) == [[1, 8]])
    }

    @Test("a count trigger that purges makes windows of so many rows")
    func countWindows() throws {
        let harness = try Self.harness(.global, Self.sum(), trigger: .purging(.count(3)))
        let rows = (1...7).map { Click.row(5, Int64($0), at: .min) }
        try harness.push(rows, schema: Click.schema)
        #expect(harness.takeRows().map { $0.values[1] } == [6, 15])
    }

    @Test("a continuous trigger fires at each interval and at the end")
    func continuousTrigger() throws {
        let harness = try Self.harness(
            .tumbling(every: .seconds(10)),
            Self.sum(),
            trigger: .continuous(every: .seconds(4))
        )
        try harness.push([Click.row(1, 1, at: 100)], schema: Click.schema)
        try harness.advance(watermark: 4000)
        try harness.push([Click.row(1, 2, at: 4100)], schema: Click.schema)
        try harness.advance(watermark: 8000)
        try harness.advance(watermark: 9999)
        #expect(harness.takeRows().map { $0.values[1] } == [1, 3, 3])
    }

    @Test("an evictor leaves out all but the last rows")
    func evictor() throws {
        let harness = try Self.harness(
            .tumbling(every: .seconds(10)),
            Self.sum(),
            evictor: .count(2)
        )
        let rows = [Click.row(1, 1, at: 300), Click.row(1, 2, at: 100), Click.row(1, 4, at: 200)]
        try harness.push(rows, schema: Click.schema)
        try harness.advance(watermark: 9999)
        #expect(Self.totals(harness.takeRows()) == [[1, 5, 0, 10_000]])
    }

    @Test("windows of processing time fire by the wall clock")
    func processingTime() throws {
        let harness = try Self.harness(
            .tumbling(every: .seconds(10)),
            Self.sum(),
            timeDomain: .processingTime
        )
        try harness.push(
            [Click.row(1, 1, at: .min), Click.row(1, 2, at: .min)],
            schema: Click.schema
        )
        let due = try #require(harness.operator.nextProcessingTimer)
        #expect(due % 10_000 == 9_999)
        try harness.advance(processingTime: 10_000)
        #expect(harness.takeRows().map { $0.values[1] } == [3])
        #expect(harness.operator.nextProcessingTimer == nil)
    }
}
