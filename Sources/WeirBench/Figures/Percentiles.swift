/// How some measurements are distributed: every one of them is kept, none is estimated.
public struct Percentiles: Sendable, Equatable {
    private let sorted: [Int64]

    /// The distribution of some values.
    public init(_ values: [Int64]) { sorted = values.sorted() }

    /// How many values.
    public var count: Int { sorted.count }

    /// The smallest value that at least this share of all (0 to 1) does not exceed; nil: there is none.
    ///
    /// The nearest-rank method.
    public func value(at share: Double) -> Int64? {
        guard !sorted.isEmpty else { return nil }
        let rank = Int((share * Double(sorted.count)).rounded(.up))
        return sorted[min(max(rank, 1), sorted.count) - 1]
    }

    /// The largest value.
    public var maximum: Int64? { sorted.last }
}
