/// What a benchmark found, over all runs.
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

    init(_ benchmark: any Benchmark, _ values: [Double], limits: [Measurement]) {
        let sorted = values.sorted()
        name = benchmark.name
        summary = benchmark.summary
        unit = benchmark.unit
        median = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        lowest = sorted.first ?? 0
        highest = sorted.last ?? 0
        runs = sorted.count
        limit = benchmark.limit
        ratio = limits.first { $0.name == benchmark.limit }.map { [median] in median / $0.median }
    }
}
