import Weir

/// The job that `weir bench` runs: rows at a pace, keyed state, and a log of what came out when.
public struct ProbeJob: StreamingJob {
    /// Its name.
    public static let name = "probe"
    /// What it is for.
    public static let summary = "The job of `weir bench`."

    /// Milliseconds of a window, and from one to the next.
    package static let windowMilliseconds: (size: Int64, slide: Int64) = (1000, 100)

    /// Whether a command line is one of those by which a cluster calls the executable of a job.
    public static func isCalled(_ arguments: [String]) -> Bool {
        arguments.first?.hasPrefix("--weir-") == true
    }

    /// A job of which nothing is built yet.
    public init() {}

    /// Builds it as `ProbeOptions` say.
    public func build(
        _ program: StreamExecutionEnvironment,
        arguments: [String]
    ) throws(WeirError) {
        let options = try ProbeOptions(arguments)
        let source = SourceDescription(name: "probe", outputs: [ProbeRow.schema]) {
            ProbeSource(options)
        }
        let keyed = program.from(source, as: ProbeRow.self).keyBy(ProbeRow.key)
        let results =
            switch options.query {
            case .counts:
                keyed.aggregate(Self.totals, to: ProbeResult.self) { totals, row, result in
                    result[ProbeResult.number] = row[ProbeRow.number]
                    result[ProbeResult.due] = row[ProbeRow.due]
                    result[ProbeResult.count] = totals.count
                }
            case .sliding:
                keyed.window(
                    .sliding(
                        size: .milliseconds(Self.windowMilliseconds.size),
                        every: .milliseconds(Self.windowMilliseconds.slide)
                    )
                ).aggregate(.count(), to: ProbeResult.self) { count, _, window, result in
                    result[ProbeResult.number] = window.end
                    result[ProbeResult.due] = window.end * 1_000_000
                    result[ProbeResult.count] = count
                }
            }
        results.sink(SinkDescription(name: "probe log") { ProbeSink(options) })
    }

    private static var totals: ClosureAggregate<ProbeRow, ProbeTotals> {
        ClosureAggregate(
            ProbeTotals(),
            add: { row, totals in
                totals.count &+= 1
                totals.number = row[ProbeRow.number]
                totals.due = row[ProbeRow.due]
                totals.rest.0 &+= row[ProbeRow.key]
            },
            merge: { other, totals in totals.count &+= other.count }
        )
    }
}
