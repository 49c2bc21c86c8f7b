import ArgumentParser
import Weir
import WeirBench
import WeirCore
import WeirREST

/// `weir bench checkpoint`.
struct BenchCheckpointVerb: BenchmarkVerb {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "How long checkpoints of much state take, and what results notice of them.",
        discussion: """
            weir bench checkpoint --state 1g --dirty 1

            A job of keyed counts is filled with state; then rows come for some of the keys only. Its \
            checkpoints are measured from the trigger to the last acknowledgement, as the job manager tells.
            """
    )

    @Option(help: "Bytes of keyed state, such as 1g.")
    var state = "1g"
    @Option(help: "Percent of the keys that rows come for.")
    var dirty = 1
    @Option(help: "Rows a second, all sources together.")
    var rate = 200_000.0
    @Option(help: "Checkpoints that are measured.")
    var checkpoints: Int64 = 20
    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (1...100).contains(dirty) else { throw ValidationError("--dirty is 1 to 100.") }
        guard rate > 0 else { throw ValidationError("--rate is more than 0.") }
        guard (1...1000).contains(checkpoints) else {
            throw ValidationError("--checkpoints is 1 to 1000.")
        }
    }

    func measure(_ bench: Bench) throws(WeirError) -> BenchReport {
        var probe = ProbeOptions()
        probe.keys = try StateSize.keys(state)
        probe.hotPercent = dirty
        probe.load = .rate(rate)
        bench.say("starting a cluster")
        return try bench.withCluster { cluster throws(WeirError) in
            let job = try cluster.submit(try cluster.upload(), probe)
            try cluster.waitUntilRunning(job)
            bench.say("filling \(probe.keys) keys")
            try cluster.waitUntilFilled(job, keys: probe.keys)
            try cluster.waitForCheckpoints(job, 5)
            bench.say("measuring \(checkpoints) checkpoints")
            let begin = bench.now
            let measured = try watch(cluster, job)
            let end = bench.now
            try cluster.cancel(job)
            let pause = try cluster.log().longestPause(from: begin, to: end)
            var report = BenchReport(
                facts: [
                    ("keys", .integer(probe.keys)), ("dirty percent", .integer(Int64(dirty))),
                    ("rate", .decimal(rate, digits: 0)), ("state bytes", .integer(measured.all)),
                    ("most new bytes", .integer(measured.new)),
                    ("longest pause ms", .milliseconds(pause)),
                ],
                listName: "checkpoint",
                title: "Checkpoints of \(state), \(dirty) % dirty"
            )
            report.add("end to end", Percentiles(Array(measured.durations.values)))
            report.add("scheduler floor", bench.lateness(from: begin, to: end))
            return report
        }
    }

    /// What was seen of checkpoints: nanoseconds by id, and the most bytes of one.
    private struct Measured {
        var durations: [Int64: Int64] = [:]
        var new: Int64 = 0
        var all: Int64 = 0
    }

    private func watch(_ cluster: OwnCluster, _ job: JobID) throws(WeirError) -> Measured {
        let first = try cluster.newestCheckpoint(job)
        var measured = Measured()
        try cluster.until("\(checkpoints) checkpoints are complete") { () throws(WeirError) in
            let history = try cluster.client.rest.get("/jobs/\(job)/checkpoints")["history"]
            for entry in history?.elements ?? [] where entry["status"]?.text == "COMPLETED" {
                guard let id = entry["id"]?.integer, id > first else { continue }
                let milliseconds = entry["end_to_end_duration"]?.integer ?? 0
                measured.durations[id] = milliseconds * 1_000_000
                measured.new = max(measured.new, entry["checkpointed_size"]?.integer ?? 0)
                measured.all = max(measured.all, entry["state_size"]?.integer ?? 0)
            }
            return Int64(measured.durations.count) >= checkpoints
        }
        return measured
    }
}
