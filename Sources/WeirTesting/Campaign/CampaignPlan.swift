import WeirCore
import WeirJobManager

/// What one seed of a campaign stands for: a job, a cluster, settings, faults, and what people do.
public struct CampaignPlan: Sendable, CustomStringConvertible {
    /// The seed, which decides all the rest.
    public let seed: UInt64
    /// What the job does.
    public let shape: CampaignShape
    /// Parallel instances at the start.
    public let parallelism: Int
    /// When the job is ended and started again from there; nil: it is not.
    public let handover: CampaignHandover?
    /// Task managers with two slots each.
    public let taskManagers: Int
    /// Job managers, one of which leads.
    public let jobManagers: Int
    /// How long after the job the last of them comes; nil: it is there before.
    public let lastTaskManager: Duration?
    /// How long the job waits for slots and workers.
    public let timeouts: JobScheduler.Timeouts
    /// From one sign of life of job manager and task managers to the next.
    public let heartbeat: Duration
    /// The job's settings.
    public let settings: [String: String]
    /// What goes wrong.
    public let faults: FaultSchedule
    /// What people and the job's code do.
    public let acts: [CampaignAct.Entry]

    /// How long faults happen after the job was handed in.
    static let faultTime = Duration.milliseconds(100)
    /// In one of so many seeds, job managers die and the power fails.
    private static let jobManagerOneIn = 3

    /// Draws a plan; without `kinds` the seed says also which kinds of faults there are.
    public init(seed: UInt64, kinds: FaultSchedule.Kinds? = nil) {
        self.seed = seed
        var chance = SplitMix64(seed: seed)
        func below(_ limit: Int) -> Int { Int(chance.next() % UInt64(limit)) }
        func one(_ texts: String...) -> String { texts[below(texts.count)] }
        let drawn: FaultSchedule.Kinds =
            below(Self.jobManagerOneIn) == 0 ? .all : .withLivingJobManager
        shape = CampaignShape.allCases[below(CampaignShape.allCases.count)]
        parallelism = 1 + below(4)
        taskManagers = 2 + below(2)
        jobManagers = (kinds ?? drawn).contains(.leaders) ? 2 : 1
        lastTaskManager = below(6) == 0 ? .milliseconds(below(80)) : nil
        settings = [
            "execution.checkpointing.interval": one("4ms", "8ms", "15ms"),
            "execution.checkpointing.timeout": one("20ms", "200ms", "1s"),
            "execution.checkpointing.aligned-checkpoint-timeout": shape == .unaligned
                ? one("0ms", "1ms", "3ms") : one("0ms", "500ms"),
            "execution.checkpointing.min-pause": one("0ms", "2ms"),
            "execution.checkpointing.tolerable-failed-checkpoints": one("-1", "-1", "1"),
            "state.checkpoints.num-retained": one("1", "2", "3"),
            "state.checkpoints.fallback-interval": one("0ms", "20ms"),
            "state.backend.merge-memory-percent": one("0", "0", "87"),
            "state.backend.eager-restore-size": one("0", "4mb"),
            "restart-strategy.exponential-delay.initial-backoff": one("1ms", "5ms"),
            "execution.batch-capacity": one("1", "8", "16", "64"),
            "execution.buffer-timeout": one("1ms", "2ms"),
            "pipeline.operator-chaining.enabled": one("true", "true", "false"),
            "pipeline.max-parallelism": one("8", "16"),
        ]
        timeouts = Self.timeouts(below(3), below(3), below(3))
        let faults = Self.faults(seed: chance.next(), kinds ?? drawn)
        handover = CampaignHandover(&chance, near: Self.moment(faults.entries[0]))
        acts = CampaignAct.draw(&chance, within: Self.faultTime)
        self.faults = Self.withMore(faults, &chance)
        heartbeat = below(3) == 0 ? .milliseconds(5) : .milliseconds(500)
    }

    /// At least one of them does something whatever the cluster does then.
    private static func faults(seed: UInt64, _ kinds: FaultSchedule.Kinds) -> FaultSchedule {
        var chance = SplitMix64(seed: seed)
        while true {
            let drawn = FaultSchedule(seed: chance.next(), kinds: kinds, within: faultTime)
            if drawn.entries.contains(where: \.fault.isCertain) { return drawn }
        }
    }

    /// When something goes wrong, or when the next job manager comes.
    private static func moment(_ entry: FaultSchedule.Entry) -> Int64 {
        guard case .killJobManager(let wait) = entry.fault else { return entry.at }
        return entry.at + wait.wholeNanoseconds
    }

    /// The same; after half of the deaths of a job manager, a worker dies when the next one looks for it,
    /// and in a quarter of the seeds some operations of the disk take longer than several checkpoints.
    private static func withMore(
        _ faults: FaultSchedule,
        _ chance: inout SplitMix64
    ) -> FaultSchedule {
        var entries = faults.entries
        for entry in faults.entries {
            guard case .killJobManager = entry.fault, chance.next() % 2 == 0 else { continue }
            let victim = Int(chance.next() % 4)
            let at = moment(entry) + Int64(chance.next() % 60_000_000)
            entries.append(FaultSchedule.Entry(at: at, fault: .killWorker(victim: victim)))
        }
        if chance.next() % 4 == 0 {
            let stutter = ClusterFault.stutterDisk(
                oneIn: 12 + Int(chance.next() % 12),
                by: .milliseconds(20 + Int(chance.next() % 40)),
                for: .milliseconds(100 + Int(chance.next() % 300))
            )
            entries.append(FaultSchedule.Entry(at: 0, fault: stutter))
        }
        return FaultSchedule(entries)
    }

    /// Mostly the defaults, which no job of a campaign waits for.
    private static func timeouts(
        _ slots: Int,
        _ workers: Int,
        _ cancellation: Int
    ) -> JobScheduler.Timeouts {
        var timeouts = JobScheduler.Timeouts()
        if slots == 0 { timeouts.slots = 20_000_000 }
        if workers == 0 { timeouts.workers = 40_000_000 }
        if cancellation == 0 { timeouts.cancellation = 5_000_000 }
        return timeouts
    }

    /// All of it, a line each.
    public var description: String {
        var lines = ["seed \(seed): \(shape.rawValue), parallelism \(parallelism)"]
        if let handover { lines[0] += ", then \(handover)" }
        lines[0] += ", \(taskManagers) task managers"
        if let lastTaskManager { lines[0] += ", the last one after \(lastTaskManager)" }
        lines.append(
            "  timeouts: \(timeouts.slots / 1_000_000) ms for slots, "
                + "\(timeouts.workers / 1_000_000) ms for workers, "
                + "\(timeouts.cancellation / 1_000_000) ms for their end; "
                + "heartbeats each \(heartbeat)"
        )
        for (key, value) in settings.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(key): \(value)")
        }
        for entry in acts { lines.append("  \(entry.at / 1000) us: \(entry.act)") }
        for entry in faults.entries { lines.append("  \(entry.at / 1000) us: \(entry.fault)") }
        return lines.joined(separator: "\n")
    }
}
