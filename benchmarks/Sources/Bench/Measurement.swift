/// A figure over all runs, beside its limit.
struct Measurement: Codable, Sendable {
    let name: String
    let summary: String
    let unit: String
    /// The middle of the runs.
    let median: Double
    let lowest: Double
    let highest: Double
    let runs: Int
    /// Name of the limit, and median divided by the limit's median in the same invocation.
    let limit: String?
    let ratio: Double?
    /// What was aimed at, and whether the median reaches it.
    let goal: String?
    let isGoalMet: Bool?

    init(_ figure: Figure, _ summary: String, limits: [Measurement]) {
        let sorted = figure.values.sorted()
        let median = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        let ratio = limits.first { $0.name == figure.limit }.map { median / $0.median }
        name = figure.name
        self.summary = summary
        unit = figure.unit
        self.median = median
        lowest = sorted.first ?? 0
        highest = sorted.last ?? 0
        runs = sorted.count
        limit = figure.limit
        self.ratio = ratio
        goal = figure.goal?.description
        isGoalMet = figure.goal?.isMet(median, ratio: ratio)
    }
}
