/// How a number is distributed over samples.
public struct Distribution: Sendable, Equatable {
    /// The least; 0 without samples.
    public var minimum: Int64
    /// The greatest; 0 without samples.
    public var maximum: Int64
    /// All together.
    public var sum: Int64
    /// The mean, rounded down; 0 without samples.
    public var average: Int64
    /// The samples in ascending order.
    private let sorted: [Int64]

    /// Takes the samples.
    public init(of samples: [Int64]) {
        sorted = samples.sorted()
        minimum = sorted.first ?? 0
        maximum = sorted.last ?? 0
        sum = sorted.reduce(0, &+)
        average = sorted.isEmpty ? 0 : sum / Int64(sorted.count)
    }

    /// The value below which `percent` of the samples lie; not a number without samples.
    ///
    /// Between two samples it is interpolated at position `percent/100 * (count + 1)`, as Flink does.
    public func percentile(_ percent: Double) -> Double {
        guard let first = sorted.first, let last = sorted.last else { return .nan }
        let position = percent / 100 * Double(sorted.count + 1)
        if position < 1 { return Double(first) }
        if position >= Double(sorted.count) { return Double(last) }
        let lower = sorted[Int(position) - 1]
        let upper = sorted[Int(position)]
        let part = position - position.rounded(.down)
        return Double(lower) + part * (Double(upper) - Double(lower))
    }
}
