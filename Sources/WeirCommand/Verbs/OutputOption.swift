import ArgumentParser
import Weir

extension OutputFormat: ExpressibleByArgument {}

/// The option of every verb that prints data.
struct OutputOption: ParsableArguments {
    @Option(help: "table, json or csv; a table on a terminal, JSON else.")
    var output: OutputFormat?
}
