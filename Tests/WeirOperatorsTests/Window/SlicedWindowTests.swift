import Testing
import WeirData
import WeirOperators
import WeirTesting

@Suite("Tumbling and sliding windows")
struct SlicedWindowTests {
    struct Case: CustomStringConvertible, Sendable {
        var seed: UInt64
        var size: Int64
        var slide: Int64
        var lateness: Int64
        var description: String {
            "seed \(seed), size \(size), slide \(slide), lateness \(lateness)"
        }
    }

    static let cases: [Case] = [0, 5_000, 60_000].flatMap { lateness in
        [(10_000, 10_000), (9_000, 6_000), (5_000, 500), (30_000, 1_000), (2_000, 5_000)]
            .enumerated().map { index, shape in
                Case(
                    seed: UInt64(index + 1),
                    size: shape.0,
                    slide: shape.1,
                    lateness: Int64(lateness)
                )
            }
    }

    static func makeOperator(_ window: Case) -> SlicedWindowAggregate {
        var options = WindowOptions()
        options.allowedLateness = window.lateness
        options.emitsLateRows = true
        return SlicedWindowAggregate(
            KeyFields(Click.schema, columns: [0]),
            size: window.size,
            slide: window.slide,
            options: options,
            makeAccumulatorKernels(SumAggregate(Click.amount)) {
                (sum, key, window, row: RowWriter<Total>) in
                row[Total.user] = key[Click.user]
                row[Total.sum] = sum
                row[Total.start] = window.start
                row[Total.end] = window.end
            }
        )
    }

    static func harness(_ window: Case) throws -> OperatorHarness {
        try OperatorHarness(outputs: [Total.schema, Click.schema]) { makeOperator(window) }
    }

    @Test("results and late rows are those of the definition", arguments: cases)
    func equalsDefinition(_ window: Case) throws {
        let script = WindowScript(seed: window.seed, rowCount: 600, users: 5, disorder: 3_000)
        let naive = NaiveWindows(size: window.size, slide: window.slide, lateness: window.lateness)
        let expected = naive.evaluate(script.rows)
        let actual = try script.run(try Self.harness(window))
        #expect(WindowScript.lastResults(actual.rows) == expected.results)
        #expect(Set(actual.late.map(\.values)) == Set(expected.late.map(\.values)))
        #expect(actual.late.count == expected.late.count)
        if window.lateness == 0 {
            #expect(actual.rows.count == expected.results.count)
        }
        #expect(actual.rows.allSatisfy { $0.splitWatermark == .min })
    }

    @Test("a snapshot after every step changes nothing", arguments: cases)
    func snapshotEverywhere(_ window: Case) throws {
        let script = WindowScript(seed: window.seed, rowCount: 150, users: 4, disorder: 3_000)
        let expected = try script.run(try Self.harness(window))
        let actual = try script.run(try Self.harness(window)) { harness, _ in
            try OperatorHarness(
                outputs: [Total.schema, Click.schema],
                world: harness.world,
                restoring: [try harness.snapshot()]
            ) { Self.makeOperator(window) }
        }
        #expect(
            actual.rows.map(\.values).sorted(by: Self.precedes)
                == expected.rows.map(\.values).sorted(by: Self.precedes)
        )
        #expect(actual.late.map(\.values) == expected.late.map(\.values))
    }

    private static func precedes(_ a: [Value], _ b: [Value]) -> Bool {
        "\(a)" < "\(b)"
    }
}
