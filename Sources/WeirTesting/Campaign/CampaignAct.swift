import WeirCore

/// What happens to a campaign's job that is no fault of the cluster's: what people do, and what its own
/// code does.
public enum CampaignAct: Sendable, Hashable {
    /// Somebody takes a snapshot that is kept, while the job goes on.
    case savepoint
    /// Somebody wants a checkpoint now.
    case checkpoint
    /// Somebody brings the job to another parallelism while it runs.
    case rescale(to: Int)
    /// Somebody moves the work of a task manager elsewhere, if there is room, and starts it anew a while
    /// later, as for maintenance; which one it is is counted around.
    case drain(victim: Int, restartAfter: Duration)
    /// The job's code throws errors of a kind, so many times.
    case fail(WeirError.Kind, times: Int)

    /// What happens, and when.
    public struct Entry: Sendable, Hashable {
        /// Nanoseconds from when the job was handed in.
        public let at: Int64
        /// What.
        public let act: CampaignAct
    }

    /// Draws none to three, within a time.
    static func draw(_ chance: inout SplitMix64, within time: Duration) -> [Entry] {
        func below(_ limit: Int) -> Int { Int(chance.next() % UInt64(limit)) }
        return (0..<below(4)).map { _ in
            let at = Int64(below(Int(time.wholeNanoseconds)))
            let act: CampaignAct =
                switch below(8) {
                case 0, 1: .savepoint
                case 2: .checkpoint
                case 3, 4: .rescale(to: 1 + below(4))
                case 5:
                    .drain(victim: below(1 << 20), restartAfter: .microseconds(below(60_000)))
                default: .fail(kinds[below(kinds.count)], times: 1 + below(4))
                }
            return Entry(at: at, act: act)
        }.sorted { $0.at < $1.at }
    }

    /// Each kind, and those oftener that are tried again.
    private static let kinds: [WeirError.Kind] = [
        .retry, .retry, .fixJob, .fixJob, .fixEnvironment, .fixEnvironment, .fixConfiguration,
        .refused, .corruption, .bug,
    ]
}
