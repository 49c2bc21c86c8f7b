import ArgumentParser
import Weir
import WeirBench
import WeirCore

/// `weir bench startup`.
struct BenchStartupVerb: BenchmarkVerb {
    static let configuration = CommandConfiguration(
        commandName: "startup",
        abstract: "How long a cluster and a job take to start, and what an idle cluster needs.",
        discussion: """
            weir bench startup --runs 10

            Start of a cluster: from the call of `weir cluster start` until all slots are registered. \
            Start of a job: from the request until the job manager tells that all its tasks run; its \
            executable is there already. Memory: what the job manager and the task managers have \
            resident before the first job.
            """
    )

    @Option(help: "How many clusters are started, each with one job.")
    var runs = 5
    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (1...1000).contains(runs) else { throw ValidationError("--runs is 1 to 1000.") }
    }

    func measure(_ bench: Bench) throws(WeirError) -> BenchReport {
        let begin = bench.now
        var starts: [Int64] = []
        var submits: [Int64] = []
        var memory: (jobManager: Int64, all: Int64) = (0, 0)
        for number in 1...runs {
            bench.say("cluster \(number) of \(runs)")
            try bench.withCluster { cluster throws(WeirError) in
                starts.append(cluster.startNanoseconds)
                let table = ProcessTable(world: bench.console.world)
                let sizes = try cluster.members().map { ($0.name, table.residentBytes($0.process)) }
                let own = sizes.first { $0.0 == "jobmanager" }?.1 ?? 0
                memory.jobManager = max(memory.jobManager, own)
                memory.all = max(memory.all, sizes.reduce(0) { $0 + $1.1 })
                var probe = ProbeOptions()
                probe.keys = 1000
                let artifact = try cluster.upload()
                let before = bench.now
                let job = try cluster.submit(artifact, probe)
                try cluster.waitUntilRunning(job)
                submits.append(bench.now - before)
                try cluster.cancel(job)
            }
        }
        var report = BenchReport(
            facts: [
                ("idle job manager bytes", .integer(memory.jobManager)),
                ("idle bytes of all", .integer(memory.all)),
            ],
            listName: "starts",
            title: "Starts"
        )
        report.add("cluster start to slots registered", Percentiles(starts))
        report.add("submit to RUNNING", Percentiles(submits))
        report.add("scheduler floor", bench.lateness(from: begin, to: bench.now))
        return report
    }
}
