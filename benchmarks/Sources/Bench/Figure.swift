/// One thing that a benchmark measured, once for each run.
struct Figure: Codable, Sendable {
    /// The benchmark's name, and what it is of it if there are several: `keyed-count-10M/wall`.
    let name: String
    /// What the values are.
    let unit: String
    let values: [Double]
    /// The name of the limit that it is compared with.
    var limit: String?
    var goal: Goal?

    init(
        _ name: String,
        _ unit: String,
        _ values: [Double],
        limit: String? = nil,
        goal: Goal? = nil
    ) {
        self.name = name
        self.unit = unit
        self.values = values
        self.limit = limit
        self.goal = goal
    }
}

/// What a figure should be.
enum Goal: Codable, Sendable, CustomStringConvertible {
    case atLeast(Double)
    case atMost(Double)
    /// At least this part of the limit.
    case atLeastOfLimit(Double)

    /// Whether it is reached; nil if the limit is not known.
    func isMet(_ value: Double, ratio: Double?) -> Bool? {
        switch self {
        case .atLeast(let bound): value >= bound
        case .atMost(let bound): value <= bound
        case .atLeastOfLimit(let bound): ratio.map { $0 >= bound }
        }
    }

    var description: String {
        switch self {
        case .atLeast(let bound): "≥ \(Digits.short(bound))"
        case .atMost(let bound): "≤ \(Digits.short(bound))"
        case .atLeastOfLimit(let bound): "≥ \(Digits.short(bound)) of it"
        }
    }
}
