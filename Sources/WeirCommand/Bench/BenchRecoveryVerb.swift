import ArgumentParser
import Weir
import WeirBench
import WeirCore
import WeirREST

/// `weir bench recovery`.
struct BenchRecoveryVerb: BenchmarkVerb {
    static let configuration = CommandConfiguration(
        commandName: "recovery",
        abstract: "How long new results stay away when a process is killed.",
        discussion: """
            weir bench recovery --state 1g --kills 10
            weir bench recovery --victim worker --victim jobmanager --kills 20 --seed 7

            A job of keyed counts is filled with state; its capacity is measured; then rows come at a \
            share of that. Processes are killed with SIGKILL, one after the other, each when the job \
            runs and has completed checkpoints since the last one. The gap is the longest time in which \
            no row came that is newer than all before the kill, less the usual time from one to the \
            next; the first result is the first of the next attempt, which may be an old one again; the \
            committed gap is that of rows of completed checkpoints.
            """
    )

    @Option(help: "Bytes of keyed state, such as 1g.")
    var state = "1g"
    @Option(help: "Percent of the job's capacity at which rows come.")
    var load = 30.0
    @Option(help: "How many times something is killed.")
    var kills = 6
    @Option(help: "worker, taskmanager or jobmanager; may be repeated (default: all in turn).")
    var victim: [Victim] = []
    @Option(help: "Seed by which one of several is chosen.")
    var seed: UInt64 = 1
    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (1...1000).contains(kills) else { throw ValidationError("--kills is 1 to 1000.") }
        guard load > 0, load <= 100 else {
            throw ValidationError("--load is more than 0, at most 100.")
        }
    }

    private struct Kill {
        let victim: Victim
        let moment: Int64
        /// Whether the workers were the same a while later.
        let keepsWorkers: Bool
    }

    func measure(_ bench: Bench) throws(WeirError) -> BenchReport {
        var probe = ProbeOptions()
        probe.keys = try StateSize.keys(state)
        probe.load = .percent(load)
        bench.say("starting a cluster")
        return try bench.withCluster { cluster throws(WeirError) in
            let job = try cluster.submit(try cluster.upload(), probe)
            try cluster.waitUntilRunning(job)
            bench.say("filling \(probe.keys) keys")
            try cluster.waitUntilFilled(job, keys: probe.keys)
            cluster.wait(seconds: 3)
            try cluster.waitForCheckpoints(job, 3)
            let begin = bench.now
            var done: [Kill] = []
            for number in 0..<kills {
                let kill = try kill(number, cluster, job)
                bench.say("kill \(number + 1) of \(kills): a \(kill.victim.rawValue)")
                done.append(kill)
            }
            let end = bench.now
            try cluster.cancel(job)
            return report(done, try cluster.log(), bench.lateness(from: begin, to: end), end)
        }
    }

    /// Kills one, and waits until the job has been well for a while.
    private func kill(
        _ number: Int,
        _ cluster: OwnCluster,
        _ job: JobID
    ) throws(WeirError) -> Kill {
        let victims = victim.isEmpty ? Victim.allCases : victim
        let victim = victims[number % victims.count]
        let workers = try cluster.workers()
        var random = SplitMix64(seed: seed &+ UInt64(number))
        // Not always at the same time after a checkpoint.
        cluster.wait(seconds: Double(random.next() % 1000) / 1000)
        let candidates = try victim.candidates(cluster)
        let moment = try cluster.kill(candidates[Int(random.next() % UInt64(candidates.count))])
        cluster.wait(seconds: 1)
        try cluster.waitUntilRunning(job)
        try cluster.until("all slots are registered again") { () throws(WeirError) in
            let all = Int64(options.cluster.taskmanagers * options.cluster.slots)
            return try cluster.client.rest.get("/overview")["slots-total"]?.integer == all
        }
        try cluster.waitForCheckpoints(job, 3)
        cluster.wait(seconds: 1)
        return Kill(
            victim: victim,
            moment: moment,
            keepsWorkers: try cluster.workers().sorted() == workers.sorted()
        )
    }

    private func report(
        _ kills: [Kill],
        _ log: ProbeLog,
        _ lateness: Percentiles,
        _ end: Int64
    ) -> BenchReport {
        var report = BenchReport(
            listName: "kills",
            columns: [
                "victim", "gap ms", "first result ms", "usual ms", "committed gap ms",
                "next checkpoint ms", "same workers",
            ],
            title: "Gap after a kill"
        )
        var gaps: [Victim: [Int64]] = [:]
        for (index, kill) in kills.enumerated() {
            let until = index + 1 < kills.count ? kills[index + 1].moment : end
            let gap = log.gap(at: kill.moment, until: until)
            let committed = log.committedGap(at: kill.moment, until: until)
            let next = log.commits.first { $0.at > kill.moment }?.at
            if let gap { gaps[kill.victim, default: []].append(gap.nanoseconds) }
            report.rows.append([
                .text(kill.victim.rawValue), .milliseconds(gap?.nanoseconds),
                .milliseconds(log.restart(after: kill.moment, until: until)),
                .milliseconds(gap?.usualNanoseconds), .milliseconds(committed?.nanoseconds),
                .milliseconds(next.map { $0 - kill.moment }), .boolean(kill.keepsWorkers),
            ])
        }
        for victim in Victim.allCases {
            guard let values = gaps[victim].map(Percentiles.init) else { continue }
            let name = victim.rawValue
            report.facts.append(("\(name) p50 ms", .milliseconds(values.value(at: 0.5))))
            report.facts.append(("\(name) p99 ms", .milliseconds(values.value(at: 0.99))))
            report.series.append((name, values))
        }
        report.facts += [
            ("scheduler floor p99 ms", .milliseconds(lateness.value(at: 0.99))),
            ("scheduler floor max ms", .milliseconds(lateness.maximum)),
        ]
        return report
    }
}

/// Sizes of the probe's state.
enum StateSize {
    /// How many keys have so many bytes of state.
    ///
    /// - Throws: `badValue`.
    static func keys(_ text: String) throws(WeirError) -> Int64 {
        guard let bytes = ByteCount(text)?.bytes, bytes >= 100 << 10 else {
            throw WeirError(
                .badValue,
                "\"\(text)\" is not a value for --state.",
                fix: "Write a size of at least 100k, such as 1g."
            )
        }
        return Int64(bytes / ProbeOptions.bytesPerKey)
    }
}
