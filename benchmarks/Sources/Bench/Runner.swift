import Foundation

/// Runs benchmarks between two canaries and tells on standard error what it is at.
struct Runner {
    let runs: Int
    let seed: UInt64
    /// Where a directory for files is made.
    let directory: String
    var isQuick = false
    /// Measures a benchmark: here, or in a process of its own.
    var measure: @Sendable (any Benchmark, BenchmarkContext) throws -> [Figure] = {
        try $0.figures($1)
    }

    /// Measures all of `benchmarks`; earlier ones serve later ones as limits.
    func run(_ benchmarks: [any Benchmark]) throws -> Report {
        tell("canary: is the machine quiet?")
        let before = Canary.observe()
        var measurements: [Measurement] = []
        for (index, benchmark) in benchmarks.enumerated() {
            tell("\(index + 1)/\(benchmarks.count) \(benchmark.name)")
            let figures = try Self.inOwnDirectory(directory) { place in
                try measure(
                    benchmark,
                    BenchmarkContext(
                        runs: runs,
                        directory: place,
                        seed: seed,
                        isQuick: isQuick
                    )
                )
            }
            for var figure in figures {
                if isQuick { figure.goal = nil }
                let summary = figure.name == benchmark.name ? benchmark.summary : ""
                let measurement = Measurement(figure, summary, limits: measurements)
                tell("    " + Report.row(measurement, nameWidth: 28))
                measurements.append(measurement)
            }
        }
        return Report(before: before, after: Canary.observe(), measurements: measurements)
    }

    /// Makes a directory for files, and removes it afterwards.
    static func inOwnDirectory<Value>(
        _ directory: String,
        _ body: (String) throws -> Value
    ) throws -> Value {
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
