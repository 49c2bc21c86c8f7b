import Weir

/// Two generated columns, a map, a filter that half of the rows pass, and a sink.
struct StatelessChain: Benchmark {
    let name = "stateless-chain"
    let summary = "datagen → map → filter → sink, events a second of processor time"

    func figures(_ context: BenchmarkContext) throws -> [Figure] {
        let tally = Tally(.numbers)
        let run = try JobRun(
            tally,
            settings: JobRun.settings(memory: 256),
            directory: context.directory + "/job"
        ) { program in
            let rows = DatagenConfiguration(
                Numbered.schema,
                [
                    DatagenField("number", .sequence(start: 0)),
                    DatagenField("value", .integers(0...9999)),
                ]
            )
            program.from(try DatagenSource.description(rows), as: Numbered.self)
                .map(to: Numbered.self) { event, row in
                    row[Numbered.number] = event[Numbered.number]
                    row[Numbered.value] = (event[Numbered.value] &* 908) &>> 10
                }
                .filter { $0[Numbered.value] & 1 == 0 }
                .sink(tally.sink)
        }
        try run.waitForEvents(context.isQuick ? 100_000 : 50_000_000)
        let rate = try Throughput(run, seconds: context.isQuick ? 0.2 : 2, runs: context.runs)
        try run.stop()
        let counts = tally.counts
        let share = Double(counts.rows) / Double(counts.events)
        guard abs(share - 0.5) < 0.01 else {
            throw BenchmarkFailure("\(share) of the rows passed a filter that lets half pass.")
        }
        return rate.figures(name, goal: .atLeast(20)) + [
            Figure(
                name + "/allocations",
                "/1000",
                rate.allocationsPerThousand,
                goal: .atMost(1)
            )
        ]
    }
}
