/// One benchmark: a name, what it measures, and how.
///
/// How to add one: a file with a type that conforms to this, and one line in `Registry.swift`.
protocol Benchmark: Sendable {
    /// Stable; scripts and the limits of other benchmarks refer to it.
    var name: String { get }
    /// What it measures, in one sentence.
    var summary: String { get }
    /// What its values are, such as `M/s` or `GB/s`.
    var unit: String { get }
    /// The benchmark whose value is the limit of this one; nil if this is a limit.
    var limit: String? { get }
    /// Measures once for each run that is asked for; checks the results of the very work it times.
    func measure(_ context: BenchmarkContext) throws -> [Double]
}

extension Benchmark {
    var limit: String? { nil }
}

/// What a benchmark is told.
struct BenchmarkContext: Sendable {
    /// How many values to return.
    let runs: Int
    /// An empty directory on the disk that is to be measured; removed afterwards.
    let directory: String
    /// The first seed of whatever is random.
    let seed: UInt64

    /// Calls `body` once to warm up and then once for each run.
    func repeated(_ body: () throws -> Double) rethrows -> [Double] {
        _ = try body()
        return try (0..<runs).map { _ in try body() }
    }
}

/// Why a benchmark gave no value.
struct BenchmarkFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
