import WeirCore

/// A job's end by a person, and its start from what it leaves.
public struct CampaignHandover: Sendable, Hashable, CustomStringConvertible {
    /// How the job is ended.
    public enum Ending: String, Sendable, CaseIterable {
        /// It is stopped with a last checkpoint.
        case stop = "its last checkpoint"
        /// A savepoint is taken, and it is cancelled.
        case savepoint = "a savepoint"
        /// It is cancelled; another one goes on from what was complete.
        case cancel = "what was complete"
    }

    /// What a person gets wrong at first; the job that is started so must fail.
    public enum Mistake: String, Sendable, CaseIterable {
        /// Another number of key groups.
        case maxParallelism = "another maximum"
        /// A snapshot that is not there.
        case snapshot = "a snapshot that is not there"
    }

    /// When, from the start of the job.
    public let at: Duration
    /// Parallel instances from then on.
    public let parallelism: Int
    /// How the job is ended.
    public let ending: Ending
    /// Whether the wish that it ends is told twice, the second time to cancel it.
    public let isImpatient: Bool
    /// Nanoseconds after which workers die once the job is told to end.
    public let deaths: [Int64]
    /// What is wrong about the first start.
    public let mistake: Mistake?

    /// Draws one; nil in two of three seeds.
    ///
    /// It comes at any time, or just after a moment at which something goes wrong, in nanoseconds.
    init?(_ chance: inout SplitMix64, near moment: Int64) {
        func below(_ limit: Int) -> Int { Int(chance.next() % UInt64(limit)) }
        let isWanted = below(3) == 0
        let isNear = below(2) == 0
        let later = Int64(below(10_000_000))
        at = isNear ? .nanoseconds(moment + later) : .milliseconds(below(80))
        parallelism = 1 + below(4)
        ending = Ending.allCases[below(3)]
        isImpatient = below(4) == 0
        let deathCount = below(3) == 0 ? 3 + below(4) : 0
        deaths = (0..<deathCount).map { _ in Int64(below(30_000_000)) }
        mistake = below(6) == 0 ? Mistake.allCases[below(2)] : nil
        guard isWanted else { return nil }
    }

    /// What happens, for people.
    public var description: String {
        var text = "\(parallelism) from \(ending.rawValue) after \(at)"
        if isImpatient { text += ", impatiently" }
        if !deaths.isEmpty { text += ", while \(deaths.count) workers die" }
        if let mistake { text += ", first with \(mistake.rawValue)" }
        return text
    }
}
