import ArgumentParser

/// The benchmarks' command.
@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures what this machine can do, and Weir beside it.",
        subcommands: [LimitsCommand.self, EngineCommand.self, FiguresCommand.self]
    )
}

/// How a report is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
}

/// What all subcommands take.
struct CommonOptions: ParsableArguments {
    @Option(help: "Measurements of each benchmark; the median is shown.")
    var runs = 5

    @Option(help: "A directory on the disk to measure.")
    var directory = "."

    @Option(help: "Only benchmarks whose name contains this; several are separated by commas.")
    var only: String?

    @Option(help: "The first seed of whatever is random.")
    var seed: UInt64 = 1

    @Option(help: "table or json.")
    var output = OutputFormat.table

    @Flag(help: "The same as --output json.")
    var json = false

    func validate() throws {
        guard runs > 0 else { throw ValidationError("--runs must be at least 1.") }
    }

    /// Those of `benchmarks` that are asked for.
    func chosen(of benchmarks: [any Benchmark]) throws -> [any Benchmark] {
        guard let only else { return benchmarks }
        let parts = only.split(separator: ",").map(String.init)
        let chosen = benchmarks.filter { benchmark in
            parts.contains { benchmark.name.contains($0) }
        }
        guard !chosen.isEmpty else {
            let names = benchmarks.map(\.name).joined(separator: ", ")
            throw ValidationError("no benchmark is called so; there are: \(names)")
        }
        return chosen
    }

    /// Prints a report as it is asked for.
    func show(_ report: Report) throws {
        print(json || output == .json ? try report.json() : report.table())
    }
}

/// `bench limits`.
struct LimitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limits",
        abstract: "What this machine can do: memory, hash updates, checksums, rings, RocksDB, disk."
    )

    @OptionGroup var options: CommonOptions

    func run() throws {
        let runner = Runner(
            runs: options.runs,
            seed: options.seed,
            directory: options.directory
        )
        try options.show(try runner.run(try options.chosen(of: Registry.limits)))
    }
}
