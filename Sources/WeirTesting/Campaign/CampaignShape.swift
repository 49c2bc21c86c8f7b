/// What a campaign's job does between its sources and its sinks.
public enum CampaignShape: String, Sendable, CaseIterable {
    /// A running sum of each key.
    case counts
    /// Sums of tumbling windows, with late rows.
    case tumbling
    /// Sums of sliding windows.
    case sliding
    /// Sums of sessions.
    case sessions
    /// Sums by timers of event time.
    case timers
    /// Running sums over two streams that were united.
    case union
    /// Two streams that share the state of a key.
    case connected
    /// A fast source before a slow end, so that barriers overtake.
    case unaligned
    /// Running sums from files to files.
    case files
}
