import WeirCore

/// Lets rows out at a rate: how many are due by now, and when the next is.
///
/// After a restore it goes on from where the rows stopped, without catching up the time between.
struct Pace {
    /// Nanoseconds from one row to the next.
    private let delay: Double
    /// Rows that were due before the first question.
    private let firstRow: Int64
    /// When the first question came, in monotonic nanoseconds.
    private var origin: Int64?

    /// A pace that begins at row `firstRow` with its first use.
    init(rowsPerSecond: Double, from firstRow: Int64) {
        delay = 1_000_000_000 / rowsPerSecond
        self.firstRow = firstRow
    }

    /// Rows that are due at `now` (monotonic nanoseconds), the earlier ones included.
    mutating func rowsDue(now: Int64) -> Int64 {
        let origin = origin ?? now
        self.origin = origin
        return firstRow &+ Int64(Double(now &- origin) / delay) &+ 1
    }

    /// When row `row` is due, in monotonic nanoseconds.
    func due(_ row: Int64) -> Int64 {
        // Rounded up, so that at that moment `rowsDue` counts it.
        (origin ?? 0) &+ Int64((Double(row &- firstRow) * delay).rounded(.up)) &+ 1
    }
}
