import Weir
import WeirTesting

/// Rows of the tests: who, and how much.
enum Click: EventSchema {
    static var user: Column<Int64> { .init(index: 0, id: 1, "user") }
    static var amount: Column<Int64> { .init(index: 1, id: 2, "amount") }
    static let schema = Schema(of: user, amount)
}

/// Results of the tests: who, and a number.
enum Total: EventSchema {
    static var user: Column<Int64> { .init(index: 0, id: 1, "user") }
    static var sum: Column<Int64> { .init(index: 1, id: 2, "sum") }
    static let schema = Schema(of: user, sum)
}

/// Results of windows: who, a number, and the window.
enum WindowTotal: EventSchema {
    static var user: Column<Int64> { .init(index: 0, id: 1, "user") }
    static var sum: Column<Int64> { .init(index: 1, id: 2, "sum") }
    static var start: Column<Int64> { .init(index: 2, id: 3, "start") }
    static var end: Column<Int64> { .init(index: 3, id: 4, "end") }
    static let schema = Schema(of: user, sum, start, end)
}

/// Repeatable chance: the seed is in the test's arguments, which a failure prints.
struct Chance {
    private var generator: SplitMix64

    init(_ seed: UInt64) { generator = SplitMix64(seed: seed) }

    /// A number from 0 to `limit - 1`.
    mutating func below(_ limit: Int) -> Int { Int(generator.next() % UInt64(limit)) }
}

/// Clicks of a test: users stay in one split each, times rise with some disorder.
struct Clicks {
    /// Rows in all.
    var count = 1000
    /// Different users.
    var users = 23
    /// Parts of the input.
    var splits = 3
    /// How far times may go back, in milliseconds.
    var disorder = 8
    /// How far behind the watermark stays; less than `disorder` makes late rows.
    var bound: Int64 = 9
    /// The number of the first user; a multiple of the splits.
    var firstUser = 0
    /// Most rows that a reader emits at a time, each millisecond.
    var pollRows = 8
    /// Whether rows are read as fast as the job takes them.
    var isFast = false
    /// Rows between two watermarks of a split.
    var rowsPerWatermark = 7

    /// The input, filled and ended.
    func input(seed: UInt64, isEnded: Bool = true) -> TestInput {
        var chance = Chance(seed)
        let input = TestInput(
            Click.schema,
            splits: splits,
            pollRows: pollRows,
            pollEvery: isFast ? .zero : .milliseconds(1)
        )
        var time = [Int64](repeating: 0, count: splits)
        var sinceWatermark = [Int](repeating: 0, count: splits)
        for _ in 0..<count {
            let user = chance.below(users)
            let split = user % splits
            time[split] += Int64(chance.below(4))
            let moment = max(0, time[split] - Int64(chance.below(disorder + 1)))
            let amount = Int64(chance.below(100))
            input.push(
                [.integer(Int64(firstUser + user)), .integer(amount)],
                at: moment,
                split: split
            )
            sinceWatermark[split] += 1
            if sinceWatermark[split] == rowsPerWatermark {
                sinceWatermark[split] = 0
                input.advance(watermark: time[split] - bound, split: split)
            }
        }
        if isEnded { input.end() }
        return input
    }
}
