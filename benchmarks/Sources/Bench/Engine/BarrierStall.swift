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
        let first = tally.counts.completions + 1
        try run.wait { tally.counts.completions >= first + context.runs + 1 }
        try run.stop()
        let windows = CheckpointWindow.all(tally.all, from: first, count: context.runs)
        guard windows.count == context.runs else {
            throw BenchmarkFailure("Only \(windows.count) checkpoints could be watched.")
        }
        return [
            Figure(name, "ms", windows.map(\.longestGap), goal: .atMost(5)),
            Figure(name + "/busy-gap", "ms", windows.map(\.longestBusyGap), goal: .atMost(5)),
            Figure(name + "/usual-gap", "ms", windows.map(\.longestGapBefore)),
            Figure(name + "/duration", "ms", windows.map(\.duration)),
            Figure(name + "/before", "M/s", windows.map(\.rateBefore)),
            Figure(name + "/rate", "×", windows.map(\.rateShare), goal: .atLeast(0.8)),
            Figure(name + "/busy-rate", "×", windows.map(\.busyRateShare), goal: .atLeast(0.8)),
        ]
    }
}

/// What happened around a barrier.
struct CheckpointWindow {
    /// The longest time between two batches at the sink from the barrier until the checkpoint is
    /// durable, in milliseconds.
    let longestGap: Double
    /// The longest of these, in processor time of the slot's thread: what others took does not count.
    let longestBusyGap: Double
    /// The longest in the second before the barrier.
    let longestGapBefore: Double
    /// From the barrier until the checkpoint is durable, in milliseconds.
    let duration: Double
    /// Millions of events in the second before the barrier.
    let rateBefore: Double
    /// Events in the second after the barrier for each one of the second before.
    let rateShare: Double
    /// The same for each second of processor time of the slot's thread.
    let busyRateShare: Double

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
        let during = arrivals.filter { $0.at >= barrier && $0.at <= completion }
        let before = arrivals.filter { $0.at >= barrier - second && $0.at < barrier }
        let after = arrivals.filter { $0.at >= barrier && $0.at < barrier + second }
        longestGap = Self.longestGap(during.map(\.at))
        longestBusyGap = Self.longestGap(during.map(\.busy))
        longestGapBefore = Self.longestGap(before.map(\.at))
        duration = Double(completion - barrier) / 1e6
        rateBefore = Self.rate(before, \.at) * 1e3
        rateShare = Self.rate(after, \.at) / Self.rate(before, \.at)
        busyRateShare = Self.rate(after, \.busy) / Self.rate(before, \.busy)
    }

    private static func longestGap(_ times: [Int64]) -> Double {
        Double(zip(times, times.dropFirst()).map { $1 - $0 }.max() ?? 0) / 1e6
    }

    /// Events a nanosecond of a clock.
    private static func rate(
        _ arrivals: [Tally.Arrival],
        _ clock: KeyPath<Tally.Arrival, Int64>
    ) -> Double {
        guard let first = arrivals.first, let last = arrivals.last, last.at > first.at else {
            return 0
        }
        return Double(last.events - first.events)
            / Double(last[keyPath: clock] - first[keyPath: clock])
    }
}
