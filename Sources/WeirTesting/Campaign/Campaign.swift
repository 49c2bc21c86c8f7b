import WeirCore

/// Runs seeds one after the other, and adds up what came of them.
public struct Campaign: Sendable {
    /// What is told of each seed that must not be as it was.
    public struct Failure: Sendable {
        /// What was to be run.
        public let plan: CampaignPlan
        /// What came of it.
        public let result: CampaignResult
    }

    /// What came of many seeds.
    public struct Summary: Sendable {
        /// Seeds that were run.
        public var seeds = 0
        /// Seeds with something that must not be.
        public var failed = 0
        /// Checkpoints that were completed.
        public var checkpoints = 0
        /// The fewest of a seed.
        public var fewestCheckpoints = Int.max
        /// Faults that happened and did something for sure.
        public var faults = 0
        /// The fewest of a seed.
        public var fewestFaults = Int.max
        /// Attempts that failed and were followed by others.
        public var restarts = 0
        /// Control messages that were delivered again.
        public var replayedMessages = 0
        /// Rows that came out for good.
        public var rows = 0
        /// Nanoseconds of all simulations together.
        public var nanoseconds: Int64 = 0
        /// A hash over the trace hashes of all seeds.
        public var traceHash: UInt64 = 0

        /// Nothing was run.
        public init() {}

        mutating func add(_ result: CampaignResult) {
            seeds += 1
            if !result.violations.isEmpty { failed += 1 }
            checkpoints += result.checkpoints
            fewestCheckpoints = min(fewestCheckpoints, result.checkpoints)
            faults += result.faults
            fewestFaults = min(fewestFaults, result.faults)
            restarts += result.restarts
            replayedMessages += result.replayedMessages
            rows += result.rows
            nanoseconds += result.nanoseconds
            traceHash = (traceHash ^ result.traceHash) &* 0x9e37_79b9_7f4a_7c15
        }
    }

    /// The seeds.
    public let seeds: Range<UInt64>
    /// What may go wrong; nil: each seed says.
    public let kinds: FaultSchedule.Kinds?

    /// A campaign over seeds.
    public init(seeds: Range<UInt64>, kinds: FaultSchedule.Kinds? = nil) {
        self.seeds = seeds
        self.kinds = kinds
    }

    /// Runs the seeds; `onResult` is told what came of each, `onFailure` of each that fails, and says
    /// whether to go on.
    public func run(
        onResult: (CampaignResult) -> Void = { _ in },
        onFailure: (Failure) -> Bool
    ) -> Summary {
        var summary = Summary()
        for seed in seeds {
            let plan = CampaignPlan(seed: seed, kinds: kinds)
            let result = CampaignRun(plan).run()
            summary.add(result)
            onResult(result)
            if !result.violations.isEmpty, !onFailure(Failure(plan: plan, result: result)) { break }
        }
        return summary
    }
}
