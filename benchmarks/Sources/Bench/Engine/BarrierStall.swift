import Foundation
import Weir

/// How a checkpoint disturbs a count of ten million keys of which some share is dirty.
///
/// The keys are made first, in order; then rows go to the dirty share only, evenly. The longest gap is
/// that between two batches at the sink, from the barrier until the checkpoint is durable.
struct BarrierStall: Benchmark {
    let dirtyPercent: Int
    var name: String { "barrier-stall-\(dirtyPercent)%" }
    var summary: String {
        "longest gap at the sink while 10 M keys, \(dirtyPercent) % dirty, are taken"
    }

    func figures(_ context: BenchmarkContext) throws -> [Figure] {
        let keyCount = context.isQuick ? 100_000 : 10_000_000
        let interval = context.isQuick ? 0.3 : 4.0
        let tally = Tally(.rows, keepsArrivals: true)
        var settings = JobRun.settings(memory: 2048)
        settings.checkpointInterval = .milliseconds(Int64(interval * 1000))
        let run = try JobRun(
            tally,
            settings: settings,
            directory: context.directory + "/job"
        ) { program in
            KeyedCount.count(
                try KeyedCount.keys(
                    program,
                    count: keyCount,
                    hotCount: keyCount * dirtyPercent / 100,
                    hotStep: 100 / dirtyPercent
                )
            ).sink(tally.sink)
        }
        try run.waitForEvents(Int64(keyCount) * 2)
        let first = tally.all.completions.count + 1
        try run.wait { tally.all.completions.count >= first + context.runs + 1 }
        try run.stop()
        let windows = CheckpointWindow.all(tally.all, from: first, count: context.runs)
        guard windows.count == context.runs else {
            throw BenchmarkFailure("Only \(windows.count) checkpoints could be watched.")
        }
        return [
            Figure(name, "ms", windows.map(\.longestGap), goal: .atMost(5)),
            Figure(name + "/usual-gap", "ms", windows.map(\.longestGapBefore)),
            Figure(name + "/duration", "ms", windows.map(\.duration)),
            Figure(name + "/before", "M/s", windows.map(\.rateBefore)),
            Figure(name + "/rate", "×", windows.map(\.rateShare), goal: .atLeast(0.8)),
        ]
    }
}

/// What happened around a barrier.
struct CheckpointWindow {
    /// The longest time between two batches at the sink from the barrier until the checkpoint is
    /// durable, in milliseconds.
    let longestGap: Double
    /// The longest in the second before the barrier.
    let longestGapBefore: Double
    /// From the barrier until the checkpoint is durable, in milliseconds.
    let duration: Double
    /// Millions of events in the second before the barrier.
    let rateBefore: Double
    /// Events in the second after the barrier for each one of the second before.
    let rateShare: Double

    /// The windows of `count` checkpoints from `first` on.
    static func all(_ record: Tally.Record, from first: Int, count: Int) -> [CheckpointWindow] {
        (first..<first + count).compactMap { number in
            guard number < record.barriers.count, number < record.completions.count else {
                return nil
            }
            return CheckpointWindow(record, record.barriers[number], record.completions[number])
        }
    }

    private init(_ record: Tally.Record, _ barrier: Int64, _ completion: Int64) {
        let second: Int64 = 1_000_000_000
        let arrivals = record.arrivals
        longestGap = Self.longestGap(arrivals, barrier, completion)
        longestGapBefore = Self.longestGap(arrivals, barrier - second, barrier)
        duration = Double(completion - barrier) / 1e6
        let before = Self.events(arrivals, barrier - second, barrier)
        let after = Self.events(arrivals, barrier, barrier + second)
        rateBefore = Double(before) / 1e6
        rateShare = Double(after) / Double(max(before, 1))
    }

    private static func longestGap(
        _ arrivals: [Tally.Arrival],
        _ start: Int64,
        _ end: Int64
    ) -> Double {
        var last = start
        var longest: Int64 = 0
        for arrival in arrivals where arrival.at >= start && arrival.at <= end {
            longest = max(longest, arrival.at - last)
            last = arrival.at
        }
        return Double(max(longest, end - last)) / 1e6
    }

    private static func events(
        _ arrivals: [Tally.Arrival],
        _ start: Int64,
        _ end: Int64
    ) -> Int64 {
        let inside = arrivals.filter { $0.at >= start && $0.at <= end }
        guard let first = inside.first, let last = inside.last else { return 0 }
        return last.events - first.events
    }
}
