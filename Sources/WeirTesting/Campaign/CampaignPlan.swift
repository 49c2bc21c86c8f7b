import WeirCore

/// What one seed of a campaign stands for: a job, a cluster, settings and faults.
public struct CampaignPlan: Sendable, CustomStringConvertible {
    /// The seed, which decides all the rest.
    public let seed: UInt64
    /// What the job does.
    public let shape: CampaignShape
    /// Parallel instances at the start.
    public let parallelism: Int
    /// When the job is ended and started again from there; nil: it is not.
    public let rescale: Rescale?
    /// Task managers with two slots each.
    public let taskManagers: Int
    /// Job managers, one of which leads.
    public let jobManagers: Int
    /// The job's settings.
    public let settings: [String: String]
    /// What goes wrong.
    public let faults: FaultSchedule

    /// A job's end with a snapshot, and its start from that.
    public struct Rescale: Sendable {
        /// When, from the start of the job.
        public let at: Duration
        /// Parallel instances from then on.
        public let parallelism: Int
        /// Whether it is stopped with a last checkpoint; else a savepoint is taken and it is cancelled.
        public let stops: Bool
    }

    /// How long faults happen after the job was handed in.
    static let faultTime = Duration.milliseconds(100)

    /// Draws a plan.
    public init(seed: UInt64, kinds: FaultSchedule.Kinds) {
        self.seed = seed
        var chance = SplitMix64(seed: seed)
        func below(_ limit: Int) -> Int { Int(chance.next() % UInt64(limit)) }
        func one(_ texts: String...) -> String { texts[below(texts.count)] }
        shape = CampaignShape.allCases[below(CampaignShape.allCases.count)]
        parallelism = 1 + below(4)
        taskManagers = 2 + below(2)
        jobManagers = kinds.contains(.leaders) ? 2 : 1
        rescale =
            below(3) == 0
            ? Rescale(
                at: .milliseconds(20 + below(60)),
                parallelism: 1 + below(4),
                stops: below(2) == 0
            ) : nil
        settings = [
            "execution.checkpointing.interval": one("4ms", "8ms", "15ms"),
            "execution.checkpointing.timeout": one("20ms", "200ms", "1s"),
            "execution.checkpointing.aligned-checkpoint-timeout": shape == .unaligned
                ? one("0ms", "1ms", "3ms") : one("0ms", "500ms"),
            "execution.checkpointing.min-pause": one("0ms", "2ms"),
            "state.checkpoints.num-retained": one("1", "2", "3"),
            "state.checkpoints.fallback-interval": one("0ms", "20ms"),
            "state.backend.merge-memory-percent": one("0", "87"),
            "state.backend.eager-restore-size": one("0", "4mb"),
            "restart-strategy.exponential-delay.initial-backoff": one("1ms", "5ms"),
            "execution.batch-capacity": one("1", "8", "16", "64"),
            "execution.buffer-timeout": one("1ms", "2ms"),
            "pipeline.operator-chaining.enabled": one("true", "true", "false"),
            "pipeline.max-parallelism": one("8", "16"),
        ]
        faults = FaultSchedule(seed: chance.next(), kinds: kinds, within: Self.faultTime)
    }

    /// All of it, a line each.
    public var description: String {
        var lines = ["seed \(seed): \(shape.rawValue), parallelism \(parallelism)"]
        if let rescale {
            let snapshot = rescale.stops ? "its last checkpoint" : "a savepoint"
            lines[0] += ", then \(rescale.parallelism) from \(snapshot) after \(rescale.at)"
        }
        lines[0] += ", \(taskManagers) task managers"
        for (key, value) in settings.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(key): \(value)")
        }
        for entry in faults.entries { lines.append("  \(entry.at / 1000) us: \(entry.fault)") }
        return lines.joined(separator: "\n")
    }
}
