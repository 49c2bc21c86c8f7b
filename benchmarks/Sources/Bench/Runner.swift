import Foundation

/// Runs benchmarks between two canaries and tells on standard error what it is at.
struct Runner {
    let runs: Int
    let seed: UInt64
    /// Where a directory for files is made.
    let directory: String

    /// Measures all of `benchmarks`; earlier ones serve later ones as limits.
    func run(_ benchmarks: [any Benchmark]) throws -> Report {
        tell("canary: is the machine quiet?")
        let before = Canary.observe()
        var measurements: [Measurement] = []
        for (index, benchmark) in benchmarks.enumerated() {
            tell("\(index + 1)/\(benchmarks.count) \(benchmark.name)")
            let values = try inOwnDirectory { place in
                try benchmark.measure(
                    BenchmarkContext(runs: runs, directory: place, seed: seed)
                )
            }
            measurements.append(Measurement(benchmark, values, limits: measurements))
        }
        return Report(before: before, after: Canary.observe(), measurements: measurements)
    }

    private func inOwnDirectory<Value>(_ body: (String) throws -> Value) throws -> Value {
        let place = directory + "/weir-bench-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(
            atPath: place,
            withIntermediateDirectories: true
        )
        defer { try? FileManager.default.removeItem(atPath: place) }
        return try body(place)
    }

    private func tell(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
