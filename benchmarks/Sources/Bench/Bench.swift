import ArgumentParser

/// The benchmarks' command.
@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures what this machine can do, and Weir beside it.",
        subcommands: [LimitsCommand.self]
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

    @Option(help: "Only benchmarks whose name contains this.")
    var only: String?

    @Option(help: "The first seed of whatever is random.")
    var seed: UInt64 = 1

    @Option(help: "table or json.")
    var output = OutputFormat.table

    func validate() throws {
        guard runs > 0 else { throw ValidationError("--runs must be at least 1.") }
    }

    /// Runs what is asked for and prints the report.
    func run(_ benchmarks: [any Benchmark]) throws {
        let chosen = benchmarks.filter { only.map($0.name.contains) ?? true }
        guard !chosen.isEmpty else {
            let names = benchmarks.map(\.name).joined(separator: ", ")
            throw ValidationError("no benchmark is called so; there are: \(names)")
        }
        let report = try Runner(runs: runs, seed: seed, directory: directory).run(chosen)
        print(output == .json ? try report.json() : report.table())
    }
}

/// `bench limits`.
struct LimitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limits",
        abstract: "What this machine can do: memory, hash updates, checksums, rings, RocksDB, disk."
    )

    @OptionGroup var options: CommonOptions

    func run() throws { try options.run(Registry.limits) }
}
