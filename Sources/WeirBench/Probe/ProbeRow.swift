import Weir

/// A row that a probe job counts: whose, its number, and when it was to come.
enum ProbeRow: EventSchema {
    @inlinable static var key: Column<Int64> { .init(index: 0, id: 1, "key") }
    /// Its number among all rows, from 0.
    @inlinable static var number: Column<Int64> { .init(index: 1, id: 2, "number") }
    /// When it was to come, in monotonic nanoseconds; 0 for rows as fast as they go.
    @inlinable static var due: Column<Int64> { .init(index: 2, id: 3, "due") }

    static let schema = Schema(of: key, number, due)
}

/// What a probe job makes of rows: how far it is, and since when that could be known.
enum ProbeResult: EventSchema {
    /// The number of the row that it follows from; that of windows is their end.
    @inlinable static var number: Column<Int64> { .init(index: 0, id: 1, "number") }
    /// When it could have come at the earliest, in monotonic nanoseconds; 0: it is not timed.
    @inlinable static var due: Column<Int64> { .init(index: 1, id: 2, "due") }
    @inlinable static var count: Column<Int64> { .init(index: 2, id: 3, "count") }

    static let schema = Schema(of: number, due, count)
}

/// Twelve numbers of eight bytes: with its key, each is 104 bytes of state.
struct ProbeTotals: BitwiseCopyable {
    var count: Int64 = 0
    var number: Int64 = 0
    var due: Int64 = 0
    var rest: (Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64) =
        (0, 0, 0, 0, 0, 0, 0, 0, 0)

    /// Bytes of a key and its totals.
    static let bytesWithKey = 104
}
