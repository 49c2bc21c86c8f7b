/// Something that is measured: a name, what it is, and how.
///
/// How to add one: a file with a type that conforms to this, and one line in `Registry.swift`.
protocol Benchmark: Sendable {
    /// Stable; scripts refer to it.
    var name: String { get }
    /// What it measures, in one sentence.
    var summary: String { get }
    /// The limits that its figures are compared with; they run in the same invocation.
    var limits: [String] { get }
    /// Measures once for each run that is asked for; checks the results of the very work it times.
    func figures(_ context: BenchmarkContext) throws -> [Figure]
}

extension Benchmark {
    var limits: [String] { [] }
}

/// A benchmark of what the machine can do: one figure.
protocol Limit: Benchmark {
    /// What its values are, such as `M/s` or `GB/s`.
    var unit: String { get }
    /// Measures once for each run that is asked for.
    func measure(_ context: BenchmarkContext) throws -> [Double]
}

extension Limit {
    func figures(_ context: BenchmarkContext) throws -> [Figure] {
        [Figure(name, unit, try measure(context))]
    }
}

/// What a benchmark is told.
struct BenchmarkContext: Sendable {
    /// How many values to return.
    let runs: Int
    /// An empty directory on the disk that is to be measured; removed afterwards.
    let directory: String
    /// The first seed of whatever is random.
    let seed: UInt64
    /// Whether it is only to be shown that the benchmark works: small sizes, short times.
    var isQuick = false

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
