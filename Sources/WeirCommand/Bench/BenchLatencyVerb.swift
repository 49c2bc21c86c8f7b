import ArgumentParser
import Weir
import WeirBench
import WeirCore

/// `weir bench latency`.
struct BenchLatencyVerb: BenchmarkVerb {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract: "How long after a row was due its result comes.",
        discussion: """
            weir bench latency --rate 50000 --query sliding
            weir bench latency --query counts --taskmanagers 1 --slots 1 --interval 0

            Of counts: from when a row was due to its key's count at the sink. Of sliding windows (a second, \
            each tenth of a second): from the window's end to its result at the sink. Rows are due at even \
            times whether or not the job keeps up, so that a pause counts for every row that it delays. With \
            two task managers all keys go over TCP between their workers.
            """
    )

    enum Query: String, ExpressibleByArgument, CaseIterable { case counts, sliding }

    @Option(help: "counts or sliding.")
    var query = Query.sliding
    @Option(help: "Rows a second, all sources together.")
    var rate = 50_000.0
    @Option(help: "Keys.")
    var keys: Int64 = 1000
    @Option(help: "Seconds that are measured.")
    var seconds = 20.0
    @Option(help: "Seconds before that.")
    var warmup = 5.0
    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard rate > 0, keys > 0, seconds > 0, warmup >= 0 else {
            throw ValidationError("--rate, --keys, --seconds are more than 0, --warmup at least 0.")
        }
    }

    func measure(_ bench: Bench) throws(WeirError) -> BenchReport {
        var probe = ProbeOptions()
        probe.query = query == .counts ? .counts : .sliding
        probe.keys = keys
        probe.load = .rate(rate)
        probe.logsRows = true
        bench.say("starting a cluster")
        return try bench.withCluster { cluster throws(WeirError) in
            let job = try cluster.submit(try cluster.upload(), probe)
            try cluster.waitUntilRunning(job)
            try cluster.waitUntilFilled(job, keys: keys)
            bench.say("warming up for \(Int(warmup)) s, then measuring for \(Int(seconds)) s")
            cluster.wait(seconds: warmup)
            let before = try cluster.completedCheckpoints(job)
            let start = bench.now
            cluster.wait(seconds: seconds)
            let end = bench.now
            let checkpoints = try cluster.completedCheckpoints(job) - before
            try cluster.cancel(job)
            let log = try cluster.log()
            let results = Double(log.rows(from: start, to: end)) / (Double(end - start) / 1e9)
            var report = BenchReport(
                facts: [
                    ("query", .text(query.rawValue)), ("rate", .decimal(rate, digits: 0)),
                    ("keys", .integer(keys)),
                    ("results per second", .decimal(results, digits: 0)),
                    ("checkpoints", .integer(checkpoints)),
                ],
                listName: "latency",
                title: "Latency of \(query.rawValue) at \(Int(rate)) rows/s"
            )
            report.add("latency", log.delays(from: start, to: end))
            report.add("scheduler floor", bench.lateness(from: start, to: end))
            return report
        }
    }
}
