import WeirData
import WeirTesting

/// Rows of the tests: who, and how much.
enum Click: EventSchema {
    @inlinable static var user: Column<Int64> { .init(index: 0, id: 1, "user") }
    @inlinable static var amount: Column<Int64> { .init(index: 1, id: 2, "amount") }
    static let schema = Schema(of: user, amount)

    static func row(
        _ user: Int64,
        _ amount: Int64,
        at time: Int64,
        split: Int64 = .min
    ) -> HarnessRow {
        HarnessRow([.integer(user), .integer(amount)], eventTime: time, splitWatermark: split)
    }
}

/// Rows with a key of text.
enum Page: EventSchema {
    @inlinable static var path: Column<StringView> { .init(index: 0, id: 1, "path") }
    @inlinable static var amount: Column<Int64> { .init(index: 1, id: 2, "amount") }
    static let schema = Schema(of: path, amount)
}

/// Results of the tests: a key, a number, and the window.
enum Total: EventSchema {
    @inlinable static var user: Column<Int64> { .init(index: 0, id: 1, "user") }
    @inlinable static var sum: Column<Int64> { .init(index: 1, id: 2, "sum") }
    @inlinable static var start: Column<Int64> { .init(index: 2, id: 3, "start") }
    @inlinable static var end: Column<Int64> { .init(index: 3, id: 4, "end") }
    static let schema = Schema(of: user, sum, start, end)
}
