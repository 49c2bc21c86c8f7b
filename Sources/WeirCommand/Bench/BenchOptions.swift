import ArgumentParser

/// The options of all benchmarks.
struct BenchOptions: ParsableArguments {
    @OptionGroup var cluster: OwnClusterOptions
    @Option(help: "A file for a drawing of the result, SVG.")
    var plot: String?
    @OptionGroup var output: OutputOption
}
