import Foundation
import Weir

/// Twelve numbers of eight bytes: with their keys, ten million of them are a gigabyte.
struct Totals: BitwiseCopyable {
    var count: Int64 = 0
    var sums: (Int64, Int64, Int64, Int64, Int64, Int64) = (0, 0, 0, 0, 0, 0)
    var squares: (Int64, Int64, Int64, Int64, Int64) = (0, 0, 0, 0, 0)
}

/// How fast a job with a gigabyte of state is back after it was stopped.
///
/// All keys are made first; then rows go to the hot share of them, evenly.
struct RestoreTime: Benchmark {
    let hotPercent: Int
    var name: String { "restore-1GB-\(hotPercent)%" }
    var summary: String {
        "to the first output of 10 M keys with 104 bytes, rows for \(hotPercent) % of them"
    }

    func figures(_ context: BenchmarkContext) throws -> [Figure] {
        let keyCount = context.isQuick ? 50_000 : 10_000_000
        var firsts: [Double] = []
        var recovered: [Double] = []
        var usual: [Double] = []
        var before = 0.0
        let directory = context.directory + "/job"
        let filling = try start(keyCount, directory)
        try filling.waitForEvents(Int64(keyCount) * 2)
        // Until what was dirty while all keys were made has been folded.
        let completed = filling.tally.counts.completions
        try filling.wait { filling.tally.counts.completions >= completed + 5 }
        before = try Throughput(filling, seconds: context.isQuick ? 0.2 : 3, runs: 1).wall[0]
        try filling.stop()
        for _ in 0..<context.runs {
            let begin = ProcessFacts.now().wall
            let run = try start(keyCount, directory)
            try run.wait { tallyEvents(run) > 0 }
            let first = Double(run.tally.counts.firstAt ?? 0) / 1e9 - begin
            let now = ProcessFacts.now().wall - begin
            try run.wait { ProcessFacts.now().wall - begin > (context.isQuick ? 1 : now + 8) }
            try run.stop()
            firsts.append(first)
            recovered.append(Self.recovery(run.tally.all.arrivals, begin: begin, before: before))
            usual.append(before)
        }
        return [
            Figure(name, "s", firsts, goal: .atMost(0.5)),
            Figure(name + "/80%-of-rate", "s", recovered, goal: .atMost(5)),
            Figure(name + "/rate-before", "M/s", usual),
        ]
    }

    private func tallyEvents(_ run: JobRun) -> Int64 { run.tally.counts.events }

    private func start(_ keyCount: Int, _ directory: String) throws -> JobRun {
        let tally = Tally(.rows, keepsArrivals: true)
        return try JobRun(
            tally,
            settings: JobRun.settings(memory: 6144),
            directory: directory
        ) { program in
            try KeyedCount.keys(
                program,
                count: keyCount,
                hotCount: keyCount * hotPercent / 100,
                hotStep: 100 / hotPercent
            )
            .keyBy(Keyed.key)
            .aggregate(Self.totals, to: Counted.self) { totals, event, row in
                row[Counted.count] = totals.count
                row[Counted.key] = event[Keyed.key]
            }
            .sink(tally.sink)
        }
    }

    private static var totals: ClosureAggregate<Keyed, Totals> {
        ClosureAggregate(
            Totals(),
            add: { event, totals in
                totals.count &+= 1
                totals.sums.0 &+= event[Keyed.key]
                totals.squares.0 &+= event[Keyed.key] &* event[Keyed.key]
            },
            merge: { other, totals in totals.count &+= other.count }
        )
    }

    /// Seconds until, for half a second, four fifths of the rate of before are reached.
    private static func recovery(
        _ arrivals: [Tally.Arrival],
        begin: Double,
        before: Double
    ) -> Double {
        let span: Int64 = 500_000_000
        var last = 0
        for (index, arrival) in arrivals.enumerated() {
            while last < arrivals.count, arrivals[last].at < arrival.at + span { last += 1 }
            guard last < arrivals.count else { break }
            let events = Double(arrivals[last].events - arrivals[index].events)
            let seconds = Double(arrivals[last].at - arrival.at) / 1e9
            if events / seconds / 1e6 >= 0.8 * before {
                return Double(arrival.at) / 1e9 - begin
            }
        }
        // Not while it was watched.
        return Double((arrivals.last?.at ?? 0)) / 1e9 - begin
    }
}
