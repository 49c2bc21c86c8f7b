import Foundation
import Weir

/// Growth of the process for each key, keys and values of eight bytes, grown from empty.
struct MemoryPerKey: Benchmark {
    let millionKeys: Int
    let hasCheckpoints: Bool
    var name: String { "memory-per-key-\(millionKeys)M" + (hasCheckpoints ? "" : "-plain") }
    var summary: String {
        "bytes in memory a key at \(millionKeys) M keys, checkpoints \(hasCheckpoints ? "on" : "off")"
    }

    func figures(_ context: BenchmarkContext) throws -> [Figure] {
        let keyCount = context.isQuick ? 100_000 : millionKeys * 1_000_000
        let tally = Tally(.rows)
        var settings = JobRun.settings(memory: 2048)
        if !hasCheckpoints { settings.checkpointInterval = .zero }
        ProcessFacts.forgetHighestResidentBytes()
        let before = ProcessFacts.residentBytes
        let run = try JobRun(
            tally,
            settings: settings,
            directory: context.directory + "/job"
        ) { program in
            // The first few keys again and again at the end, so that the job stays.
            KeyedCount.count(
                try KeyedCount.keys(program, count: keyCount, hotCount: 1024, hotStep: 1)
            ).sink(tally.sink)
        }
        try run.waitForEvents(Int64(keyCount))
        let full = ProcessFacts.residentBytes
        let highest = ProcessFacts.highestResidentBytes
        try run.stop()
        func perKey(_ bytes: Int) -> [Double] { [Double(bytes - before) / Double(keyCount)] }
        return [
            Figure(name, "B", perKey(full), goal: .atMost(48)),
            Figure(name + "/highest", "B", perKey(highest)),
        ]
    }
}
