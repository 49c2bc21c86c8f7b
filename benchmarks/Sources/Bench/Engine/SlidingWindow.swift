import Weir

/// Counts of a thousand keys in sliding windows that move each second.
///
/// Ten events for each key and second of event time. The rate is taken over whole windows of time,
/// after the first has filled.
struct SlidingWindow: Benchmark {
    /// Length of the windows in seconds.
    let seconds: Int64
    let name: String
    /// A shorter window that it should keep pace with.
    var pacemaker: String?
    var limits: [String] { pacemaker.map { [$0] } ?? [] }
    var summary: String {
        "windows of \(seconds) s each second, 1000 keys, 10 events a key and second"
    }
    private static let eventsPerSecond: Int64 = 10_000

    func figures(_ context: BenchmarkContext) throws -> [Figure] {
        let tally = Tally(.eventTime(eventsPerSecond: Self.eventsPerSecond))
        let run = try JobRun(
            tally,
            settings: JobRun.settings(memory: 4096),
            directory: context.directory + "/job"
        ) { program in
            var rows = DatagenConfiguration(
                Keyed.schema,
                [DatagenField("key", .integers(0...999))]
            )
            rows.rowsPerEventSecond = Double(Self.eventsPerSecond)
            program.from(try DatagenSource.description(rows), as: Keyed.self)
                .keyBy(Keyed.key)
                .window(.sliding(size: .seconds(seconds), every: .seconds(1)))
                .aggregate(.count(), to: Counted.self) { count, event, _, row in
                    row[Counted.count] = count
                    row[Counted.key] = event[Keyed.key]
                }
                .sink(tally.sink)
        }
        let window = seconds * Self.eventsPerSecond
        try run.waitForEvents(context.isQuick ? 100_000 : window + window / 10)
        let before = tally.counts
        let rate = try Throughput(run, seconds: context.isQuick ? 0.2 : 4, runs: context.runs)
        let after = tally.counts
        try run.stop()
        if !context.isQuick { try check(before, after) }
        return rate.figures(
            name,
            limit: pacemaker,
            goal: pacemaker == nil ? nil : .atLeastOfLimit(0.7)
        )
    }

    /// In full windows the counts of each second sum up to all events of a window.
    private func check(_ before: Tally.Counts, _ after: Tally.Counts) throws {
        let fired = Double(after.rows - before.rows) / 1000
        let mean = Double(after.sum - before.sum) / fired
        let expected = Double(seconds * Self.eventsPerSecond)
        guard abs(mean / expected - 1) < 0.01 else {
            throw BenchmarkFailure("Windows hold \(mean) events in the mean, not \(expected).")
        }
    }
}
