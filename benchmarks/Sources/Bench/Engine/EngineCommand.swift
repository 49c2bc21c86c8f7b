import ArgumentParser
import Foundation

/// `bench engine`.
struct EngineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine",
        abstract: "Weir's jobs beside the limits of the machine, each in a process of its own."
    )

    @OptionGroup var options: CommonOptions

    @Flag(help: "Small sizes and short times: shows that the benchmarks work, measures nothing.")
    var quick = false

    func run() throws {
        let chosen = try options.chosen(of: Registry.engine)
        var ordered: [any Benchmark] = []
        for benchmark in chosen {
            let limits = (Registry.limits + Registry.engine).filter {
                benchmark.limits.contains($0.name)
            }
            for next in limits + [benchmark] {
                if !ordered.contains(where: { $0.name == next.name }) { ordered.append(next) }
            }
        }
        var runner = Runner(
            runs: options.runs,
            seed: options.seed,
            directory: options.directory,
            isQuick: quick
        )
        runner.measure = { benchmark, context in
            if benchmark is any Limit { return try benchmark.figures(context) }
            return try ChildProcess.figures(of: benchmark.name, context)
        }
        try options.show(try runner.run(ordered))
    }
}

/// `bench figures`: measures one benchmark and prints its figures; `bench engine` calls it.
struct FiguresCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "figures",
        abstract: "Measures one benchmark of the engine and prints its figures as JSON.",
        shouldDisplay: false
    )

    @Argument(help: "The benchmark's name.")
    var name: String

    @Option(help: "Measurements.")
    var runs = 1

    @Option(help: "An empty directory.")
    var directory = "."

    @Option(help: "The first seed of whatever is random.")
    var seed: UInt64 = 1

    @Flag(help: "Small sizes and short times.")
    var quick = false

    func run() throws {
        guard let benchmark = Registry.engine.first(where: { $0.name == name }) else {
            throw ValidationError("no benchmark is called \(name)")
        }
        let context = BenchmarkContext(
            runs: runs,
            directory: directory,
            seed: seed,
            isQuick: quick
        )
        let figures = try benchmark.figures(context)
        FileHandle.standardOutput.write(try JSONEncoder().encode(figures))
        // Without the end of the C++ library: an I/O thread may still be folding.
        _exit(0)
    }
}
