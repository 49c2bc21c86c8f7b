import Foundation

/// What a running job did in some windows of time, one for each run.
struct Throughput {
    private var starts: [(ProcessFacts, Tally.Counts)] = []
    private var ends: [(ProcessFacts, Tally.Counts)] = []

    /// Watches a job for `seconds` so many times.
    init(_ run: JobRun, seconds: Double, runs: Int) throws {
        for _ in 0..<runs {
            starts.append((.now(), run.tally.counts))
            let end = Date() + seconds
            try run.wait { Date() >= end }
            ends.append((.now(), run.tally.counts))
        }
    }

    private func each(_ value: (ProcessFacts, ProcessFacts, Double) -> Double) -> [Double] {
        zip(starts, ends).map { value($0.0, $1.0, Double($1.1.events - $0.1.events)) }
    }

    /// Millions of events for each processor second of the whole process: checkpoints, folding and
    /// compaction included.
    var perCore: [Double] { each { $2 / ($1.processor - $0.processor) / 1e6 } }

    /// Millions of events for each processor second of the slots' threads.
    var perSlotCore: [Double] { each { $2 / ($1.slots - $0.slots) / 1e6 } }

    /// Millions of events a second.
    var wall: [Double] { each { $2 / ($1.wall - $0.wall) / 1e6 } }

    /// Blocks that the slot's thread took from the heap for each thousand events.
    var allocationsPerThousand: [Double] {
        zip(starts, ends).map { start, end in
            Double(end.1.allocations - start.1.allocations)
                / Double(end.1.events - start.1.events) * 1e3
        }
    }

    /// The share of the machine that other processes had.
    var others: [Double] {
        let processors = Double(ProcessInfo.processInfo.activeProcessorCount)
        return each { start, end, _ in
            let mine = end.processor - start.processor
            return max(0, end.machine - start.machine - mine)
                / (end.wall - start.wall) / processors * 100
        }
    }

    /// The figures that every benchmark of a rate has.
    func figures(_ name: String, limit: String? = nil, goal: Goal? = nil) -> [Figure] {
        [
            Figure(name, "M/s", perCore, limit: limit, goal: goal),
            Figure(name + "/slot", "M/s", perSlotCore, limit: limit),
            Figure(name + "/wall", "M/s", wall, limit: limit),
            Figure(name + "/others", "%", others),
        ]
    }
}
