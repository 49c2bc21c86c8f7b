import Weir
import WeirBench
import WeirCore

/// A verb of `weir bench`: measures, prints and draws.
protocol BenchmarkVerb: Verb {
    /// The options that all have.
    var options: BenchOptions { get }

    /// Measures, with clusters that `bench` starts.
    func measure(_ bench: Bench) throws(WeirError) -> BenchReport
}

extension BenchmarkVerb {
    func run(_ console: Console) throws(WeirError) -> Int32 {
        let bench = Bench(options, console)
        let report = try measure(bench)
        try console.print(
            Document(
                facts: report.facts,
                listName: report.listName,
                columns: report.columns,
                rows: report.rows
            ),
            as: options.output.output
        )
        guard let path = options.plot else { return 0 }
        var plot = Plot(title: report.title, unit: "ms")
        for (name, values) in report.series { plot.add(name, values) }
        try console.world.files.replaceAll(path, with: Array(plot.svg().utf8))
        return 0
    }
}

/// What a benchmark found.
struct BenchReport {
    /// Figures of the whole.
    var facts: [(String, Document.Cell)] = []
    /// What the rows are, in JSON.
    let listName: String
    /// Their columns.
    var columns = Percentiles.columns
    /// The rows.
    var rows: [[Document.Cell]] = []
    /// The drawing's title.
    let title: String
    /// What is drawn.
    var series: [(String, Percentiles)] = []

    /// Adds durations, as a row and in the drawing.
    mutating func add(_ name: String, _ values: Percentiles) {
        rows.append(values.row(name))
        series.append((name, values))
    }
}
