import Foundation
import Weir

/// Counts of uniform keys whose state is four times the memory budget.
struct SpilledCount: Benchmark {
    /// `--memory` in MiB.
    let memory: Int
    var name: String { memory == 64 ? "state-4x-budget" : "state-4x-budget-\(memory)M" }
    let summary = "datagen → keyBy → count → sink, state 4 × the budget of keyed state"
    let limits = ["rocksdb-update"]
    /// Bytes of a key of eight bytes with a value of eight in the tier, filled as it is on average.
    private static let bytesPerKey = 27

    func figures(_ context: BenchmarkContext) throws -> [Figure] {
        let memory = context.isQuick ? 16 : memory
        // About half of the memory is for keyed state.
        let keyCount = 4 * (memory << 20) / 2 / Self.bytesPerKey
        ProcessFacts.forgetHighestResidentBytes()
        let start = ProcessFacts.residentBytes
        let tally = Tally(.rows)
        let run = try JobRun(
            tally,
            settings: JobRun.settings(memory: memory),
            directory: context.directory + "/job"
        ) { program in
            KeyedCount.count(
                try KeyedCount.keys(program, count: keyCount, hotCount: keyCount, hotStep: 1)
            ).sink(tally.sink)
        }
        try run.waitForEvents(Int64(context.isQuick ? keyCount / 4 : keyCount))
        let filled = ProcessFacts.highestResidentBytes
        let rate = try Throughput(run, seconds: context.isQuick ? 0.5 : 5, runs: context.runs)
        let highest = ProcessFacts.highestResidentBytes
        try run.stop()
        let mebibyte = Double(1 << 20)
        let thousands = rate.perCore.map { $0 * 1000 }
        return [
            Figure(name, "K/s", thousands, limit: "rocksdb-update"),
            Figure(name + "/wall", "K/s", rate.wall.map { $0 * 1000 }),
            Figure(name + "/others", "%", rate.others),
            Figure(name + "/start", "MiB", [Double(start) / mebibyte]),
            Figure(name + "/filling", "MiB", [Double(filled) / mebibyte]),
            Figure(name + "/highest", "MiB", [Double(highest) / mebibyte]),
            Figure(
                name + "/above-start",
                "MiB",
                [Double(highest - start) / mebibyte],
                goal: .atMost(Double(memory))
            ),
        ]
    }
}
