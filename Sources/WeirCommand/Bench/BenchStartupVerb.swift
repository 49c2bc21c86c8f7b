import ArgumentParser
import Weir
import WeirBench
import WeirCore

/// `weir bench startup`.
struct BenchStartupVerb: Verb {
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

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let floor = NoiseFloor(world: console.world)
        let begin = console.world.clock.monotonicNanoseconds()
        var starts: [Int64] = []
        var submits: [Int64] = []
        var memory: (jobManager: Int64, all: Int64) = (0, 0)
        for number in 1...runs {
            console.say("cluster \(number) of \(runs)")
            let cluster = try BenchCluster(options, world: console.world)
            starts.append(cluster.startNanoseconds)
            let table = ProcessTable(world: console.world)
            let members = try cluster.members()
            let sizes = members.map { ($0.name, table.residentBytes($0.process)) }
            memory.jobManager = max(
                memory.jobManager,
                sizes.first { $0.0 == "jobmanager" }?.1 ?? 0
            )
            memory.all = max(memory.all, sizes.reduce(0) { $0 + $1.1 })
            var probe = ProbeOptions()
            probe.keys = 1000
            let artifact = try cluster.upload()
            let before = cluster.now
            let job = try cluster.submit(artifact, probe)
            try cluster.waitUntilRunning(job)
            submits.append(cluster.now - before)
            try cluster.cancel(job)
            try cluster.end()
        }
        floor.end()
        let end = console.world.clock.monotonicNanoseconds()
        try console.print(
            Document(
                facts: [
                    ("idle job manager bytes", .integer(memory.jobManager)),
                    ("idle bytes of all", .integer(memory.all)),
                ],
                listName: "starts",
                columns: Percentiles.columns,
                rows: [
                    Percentiles(starts).row("cluster start to slots registered"),
                    Percentiles(submits).row("submit to RUNNING"),
                    floor.lateness(from: begin, to: end).row("scheduler floor"),
                ]
            ),
            as: options.output.output
        )
        var plot = Plot(title: "Starts", unit: "ms")
        plot.add("cluster", Percentiles(starts))
        plot.add("job", Percentiles(submits))
        try console.draw(plot, to: options.plot)
        return 0
    }
}
