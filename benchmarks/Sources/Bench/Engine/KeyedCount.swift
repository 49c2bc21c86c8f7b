import Weir

/// The number of rows so far of each row's key, keys of eight bytes drawn uniformly.
struct KeyedCount: Benchmark {
    let millionKeys: Int
    var name: String { "keyed-count-\(millionKeys)M" }
    var summary: String { "datagen → keyBy → count → sink, \(millionKeys) M uniform keys" }
    private var limit: String { "hash-update-\(millionKeys)M" }
    var limits: [String] { [limit] }

    func figures(_ context: BenchmarkContext) throws -> [Figure] {
        let keyCount = context.isQuick ? 10_000 : millionKeys * 1_000_000
        let tally = Tally(.rows)
        let run = try JobRun(
            tally,
            settings: JobRun.settings(memory: 2048),
            directory: context.directory + "/job"
        ) { program in
            try Self.count(program, keyCount: keyCount).sink(tally.sink)
        }
        // After this all but a few of the keys are there.
        try run.waitForEvents(Int64(keyCount) * 10)
        let rate = try Throughput(run, seconds: context.isQuick ? 0.2 : 3, runs: context.runs)
        try run.stop()
        try Self.check(tally, keyCount: keyCount)
        return rate.figures(name, limit: limit, goal: .atLeastOfLimit(0.4)) + [
            Figure(
                name + "/allocations",
                "/1000",
                rate.allocationsPerThousand,
                goal: .atMost(1)
            )
        ]
    }

    /// Counts of uniform keys.
    static func count(
        _ program: StreamExecutionEnvironment,
        keyCount: Int,
        rowCount: Int64? = nil
    ) throws -> DataStream<Counted> {
        let rows = DatagenConfiguration(
            Keyed.schema,
            [DatagenField("key", .integers(0...Int64(keyCount - 1)))],
            rowCount: rowCount
        )
        return count(program.from(try DatagenSource.description(rows), as: Keyed.self))
    }

    /// Counts of keys.
    static func count(_ keys: DataStream<Keyed>) -> DataStream<Counted> {
        keys.keyBy(Keyed.key).aggregate(.count(), to: Counted.self) { count, event, row in
            row[Counted.count] = count
            row[Counted.key] = event[Keyed.key]
        }
    }

    /// Each of `count` keys once, in order; then `hotCount` of them, `hotStep` apart, at random.
    static func keys(
        _ program: StreamExecutionEnvironment,
        count: Int,
        hotCount: Int,
        hotStep: Int
    ) throws -> DataStream<Keyed> {
        let numbers = DatagenConfiguration(
            Numbered.schema,
            [
                DatagenField("number", .sequence(start: 0)),
                DatagenField("value", .integers(0...Int64(hotCount - 1))),
            ]
        )
        let first = Int64(count)
        let step = Int64(hotStep)
        return program.from(try DatagenSource.description(numbers), as: Numbered.self)
            .map(to: Keyed.self) { event, row in
                let number = event[Numbered.number]
                row[Keyed.key] = number < first ? number : event[Numbered.value] &* step
            }
    }

    /// A key with n rows has emitted 1 + 2 + … + n: over all keys that is close to what chance
    /// gives.
    private static func check(_ tally: Tally, keyCount: Int) throws {
        let counts = tally.counts
        let rows = Double(counts.rows)
        let expected = rows + rows * (rows - 1) / 2 / Double(keyCount)
        guard abs(Double(counts.sum) / expected - 1) < 0.01 else {
            throw BenchmarkFailure("The counts sum up to \(counts.sum), not about \(expected).")
        }
    }
}
