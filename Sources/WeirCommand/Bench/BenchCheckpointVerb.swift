import ArgumentParser
import Weir
import WeirBench
import WeirCore
import WeirREST

/// `weir bench checkpoint`.
struct BenchCheckpointVerb: Verb {
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

    func run(_ console: Console) throws(WeirError) -> Int32 {
        var probe = ProbeOptions()
        probe.keys = try StateSize.keys(state)
        probe.hotPercent = dirty
        probe.load = .rate(rate)
        console.say("starting a cluster")
        let cluster = try BenchCluster(options, world: console.world)
        let floor = NoiseFloor(world: console.world)
        let job = try cluster.submit(try cluster.upload(), probe)
        try cluster.waitUntilRunning(job)
        console.say("filling \(probe.keys) keys")
        try cluster.waitUntilFilled(job, keys: probe.keys)
        try cluster.waitForCheckpoints(job, 5)
        console.say("measuring \(checkpoints) checkpoints")
        let first = try newest(cluster, job)
        let begin = cluster.now
        var durations: [Int64: Int64] = [:]
        var sizes: (new: Int64, all: Int64) = (0, 0)
        try cluster.until("\(checkpoints) checkpoints are complete") { () throws(WeirError) in
            let history = try cluster.client.rest.get("/jobs/\(job)/checkpoints")["history"]
            for entry in history?.elements ?? [] where entry["status"]?.text == "COMPLETED" {
                guard let id = entry["id"]?.integer, id > first else { continue }
                durations[id] = (entry["end_to_end_duration"]?.integer ?? 0) * 1_000_000
                sizes.new = max(sizes.new, entry["checkpointed_size"]?.integer ?? 0)
                sizes.all = max(sizes.all, entry["state_size"]?.integer ?? 0)
            }
            return Int64(durations.count) >= checkpoints
        }
        let end = cluster.now
        try cluster.cancel(job)
        floor.end()
        let log = try cluster.log()
        try cluster.end()
        try console.print(
            Document(
                facts: [
                    ("keys", .integer(probe.keys)), ("dirty percent", .integer(Int64(dirty))),
                    ("rate", .decimal(rate, digits: 0)), ("state bytes", .integer(sizes.all)),
                    ("most new bytes", .integer(sizes.new)),
                    ("longest pause ms", .milliseconds(log.longestPause(from: begin, to: end))),
                ],
                listName: "checkpoint",
                columns: Percentiles.columns,
                rows: [
                    Percentiles(Array(durations.values)).row("end to end"),
                    floor.lateness(from: begin, to: end).row("scheduler floor"),
                ]
            ),
            as: options.output.output
        )
        var plot = Plot(title: "Checkpoints of \(state), \(dirty) % dirty", unit: "ms")
        plot.add("end to end", Percentiles(Array(durations.values)))
        try console.draw(plot, to: options.plot)
        return 0
    }

    private func newest(_ cluster: BenchCluster, _ job: JobID) throws(WeirError) -> Int64 {
        let history = try cluster.client.rest.get("/jobs/\(job)/checkpoints")["history"]
        return (history?.elements ?? []).compactMap { $0["id"]?.integer }.max() ?? 0
    }
}
