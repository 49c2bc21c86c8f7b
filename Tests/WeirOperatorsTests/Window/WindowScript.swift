import WeirData
import WeirOperators
import WeirTesting

/// Rows of some splits, with the disorder of each, and watermarks of the operator between them.
struct WindowScript {
    enum Step {
        case rows([HarnessRow])
        case watermark(Int64)
    }

    private(set) var steps: [Step] = []
    /// All rows, in order.
    var rows: [HarnessRow] {
        steps.flatMap { step -> [HarnessRow] in
            if case .rows(let rows) = step { return rows }
            return []
        }
    }

    /// Three splits, each with a watermark that rows may undercut by chance; the operator's is
    /// their minimum, or lags behind it.
    init(seed: UInt64, rowCount: Int, users: Int, disorder: Int) {
        var chance = Chance(seed)
        var clocks: [Int64] = [0, 0, 0]
        var watermarks: [Int64] = [.min, .min, .min]
        var waiting: [HarnessRow] = []
        for number in 0..<rowCount {
            let split = chance.below(3)
            clocks[split] += Int64(chance.below(700))
            let back = chance.below(4) == 0 ? chance.below(disorder * 3) : chance.below(disorder)
            waiting.append(
                Click.row(
                    Int64(chance.below(users)),
                    Int64(number + 1),
                    at: clocks[split] - Int64(back),
                    split: watermarks[split]
                )
            )
            watermarks[split] = max(watermarks[split], clocks[split] - Int64(disorder) - 1)
            if chance.below(8) == 0 {
                steps.append(.rows(waiting))
                waiting = []
                if let least = watermarks.min(), least > .min, chance.below(2) == 0 {
                    steps.append(.watermark(least))
                }
            }
        }
        steps.append(.rows(waiting))
        steps.append(.watermark(.max))
    }

    /// Runs the script; `between` may exchange the harness after each step.
    func run(
        _ first: OperatorHarness,
        batchSize: Int = 16,
        between: (OperatorHarness, Int) throws -> OperatorHarness = { harness, _ in harness }
    ) throws -> (rows: [HarnessRow], late: [HarnessRow]) {
        var harness = first
        var rows: [HarnessRow] = []
        var late: [HarnessRow] = []
        for (number, step) in steps.enumerated() {
            switch step {
            case .rows(let pushed):
                try harness.push(pushed, schema: Click.schema, batchSize: batchSize)
            case .watermark(let time): try harness.advance(watermark: time)
            }
            rows += harness.takeRows()
            if harness.context.outputs.count > 1 { late += harness.takeRows(1) }
            harness = try between(harness, number)
        }
        return (rows, late)
    }

    /// The last result of each key and window, sorted.
    static func lastResults(_ rows: [HarnessRow]) -> [NaiveWindows.Result] {
        var last: [[Int64]: Int64] = [:]
        for row in rows {
            guard case .integer(let user) = row.values[0], case .integer(let sum) = row.values[1],
                case .integer(let start) = row.values[2]
            else { continue }
            last[[user, start]] = sum
        }
        return last.map { .init(user: $0.key[0], start: $0.key[1], sum: $0.value) }.sorted()
    }
}
