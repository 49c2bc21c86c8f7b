import Weir

/// A generated event: a number of its own, and something random.
enum Numbered: EventSchema {
    @inlinable static var number: Column<Int64> { .init(index: 0, id: 1, "number") }
    @inlinable static var value: Column<Int64> { .init(index: 1, id: 2, "value") }

    static let schema = Schema(of: number, value)
}

/// An event of a key.
enum Keyed: EventSchema {
    @inlinable static var key: Column<Int64> { .init(index: 0, id: 1, "key") }

    static let schema = Schema(of: key)
}

/// What is known of a key.
enum Counted: EventSchema {
    @inlinable static var count: Column<Int64> { .init(index: 0, id: 1, "count") }
    @inlinable static var key: Column<Int64> { .init(index: 1, id: 2, "key") }

    static let schema = Schema(of: count, key)
}
