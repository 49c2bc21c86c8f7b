import Testing
import WeirData
import WeirOperators
import WeirTesting

@Suite("Joins of two keyed inputs")
struct JoinTests {
    /// Rows of two inputs in turn, and the watermark between them.
    private struct Script {
        var steps: [(rows: [HarnessRow], input: Int, watermark: Int64)] = []

        init(_ seed: UInt64) {
            var chance = Chance(seed)
            var clock: Int64 = 0
            var watermark = Int64.min
            for number in 0..<80 {
                var rows: [HarnessRow] = []
                for index in 0..<chance.below(6) {
                    clock += Int64(chance.below(300))
                    let time = clock - Int64(chance.below(900))
                    rows.append(
                        Click.row(
                            Int64(chance.below(4)),
                            Int64(number * 10 + index),
                            at: time,
                            split: watermark
                        )
                    )
                }
                if chance.below(3) == 0 { watermark = max(watermark, clock - 700) }
                steps.append((rows, chance.below(2), watermark))
            }
            steps.append(([], 0, .max))
        }

        func accepted(_ input: Int, _ isIn: (HarnessRow) -> Bool) -> [HarnessRow] {
            steps.filter { $0.input == input }.flatMap(\.rows).filter(isIn)
        }

        func run(
            _ first: OperatorHarness,
            between: (OperatorHarness) throws -> OperatorHarness = { $0 }
        ) throws -> [HarnessRow] {
            var harness = first
            var rows: [HarnessRow] = []
            for step in steps {
                try harness.push(step.rows, schema: Click.schema, input: step.input)
                try harness.advance(watermark: step.watermark)
                rows += harness.takeRows()
                harness = try between(harness)
            }
            return rows
        }
    }

    private static let keys = KeyFields.pair(Click.schema, [0], Click.schema, [0])

    private static func kernel() -> JoinKernel {
        makeJoinKernel { (left: RowView<Click>, right: RowView<Click>, row: RowWriter<Total>) in
            row[Total.user] = left[Click.user]
            row[Total.sum] = left[Click.amount]
            row[Total.start] = right[Click.amount]
            row[Total.end] = 0
        }
    }

    private static func pair(_ left: HarnessRow, _ right: HarnessRow, at time: Int64) -> HarnessRow
    {
        HarnessRow(
            [left.values[0], left.values[1], right.values[1], 0],
            eventTime: time,
            splitWatermark: min(left.splitWatermark, right.splitWatermark)
        )
    }

    private static func restored(
        _ harness: OperatorHarness,
        _ make: OperatorFactory
    ) throws -> OperatorHarness {
        try OperatorHarness(
            outputs: [Total.schema],
            world: harness.world,
            restoring: [try harness.snapshot()],
            make
        )
    }

    @Test(
        "an interval join gives what nested loops give",
        arguments: Array(1...6) as [UInt64],
        [(-400, 300), (0, 500), (-900, -100), (100, 800)] as [(Int64, Int64)]
    )
    func intervalJoin(_ seed: UInt64, _ bounds: (Int64, Int64)) throws {
        let script = Script(seed)
        let make: OperatorFactory = {
            IntervalJoin(
                Self.keys,
                lower: bounds.0,
                upper: bounds.1,
                Self.kernel()
            )
        }
        let isInTime = { (row: HarnessRow) in row.eventTime > row.splitWatermark }
        var expected: [HarnessRow] = []
        for left in script.accepted(0, isInTime) {
            for right in script.accepted(1, isInTime) where left.values[0] == right.values[0] {
                let distance = right.eventTime - left.eventTime
                guard distance >= bounds.0, distance <= bounds.1 else { continue }
                expected.append(Self.pair(left, right, at: max(left.eventTime, right.eventTime)))
            }
        }
        let plain = try script.run(try OperatorHarness(outputs: [Total.schema], make))
        #expect(plain.count == expected.count)
        #expect(Set(plain) == Set(expected))
        let restoring = try script.run(try OperatorHarness(outputs: [Total.schema], make)) {
            try Self.restored($0, make)
        }
        #expect(Set(restoring) == Set(expected))
        #expect(restoring.count == expected.count)
    }

    @Test(
        "a window join gives what nested loops give",
        arguments: Array(1...6) as [UInt64],
        [(1000, 1000), (1500, 500), (500, 800)] as [(Int64, Int64)]
    )
    func windowJoin(_ seed: UInt64, _ shape: (Int64, Int64)) throws {
        let script = Script(seed)
        let naive = NaiveWindows(size: shape.0, slide: shape.1, lateness: 0)
        let make: OperatorFactory = {
            WindowJoin(Self.keys, size: shape.0, slide: shape.1, Self.kernel())
        }
        var expected: [HarnessRow] = []
        for left in script.accepted(0, { _ in true }) {
            for right in script.accepted(1, { _ in true }) where left.values[0] == right.values[0] {
                for start in naive.starts(left.eventTime) {
                    guard naive.starts(right.eventTime).contains(start) else { continue }
                    if naive.isLate(left, start) || naive.isLate(right, start) { continue }
                    expected.append(Self.pair(left, right, at: start + shape.0 - 1))
                }
            }
        }
        let plain = try script.run(try OperatorHarness(outputs: [Total.schema], make))
        #expect(plain.count == expected.count)
        #expect(Set(plain) == Set(expected))
        let restoring = try script.run(try OperatorHarness(outputs: [Total.schema], make)) {
            try Self.restored($0, make)
        }
        #expect(Set(restoring) == Set(expected))
    }
}
