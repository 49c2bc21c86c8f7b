/// How long a supervisor waits before it starts a process again that has ended.
///
/// One that ran for a while starts at once; one that ends soon after each start ever later.
struct RestartPause {
    /// Nanoseconds after which a process is no bad start.
    static let goodRun: Int64 = 5_000_000_000
    /// The first wait after a bad start, and the longest.
    static let first: Int64 = 100_000_000
    static let longest: Int64 = 10_000_000_000

    private var next: Int64 = 0

    /// A process has ended that ran for so long; returns the wait, in nanoseconds.
    mutating func ended(after run: Int64) -> Int64 {
        if run >= Self.goodRun { next = 0 }
        defer { next = min(max(2 * next, Self.first), Self.longest) }
        return next
    }
}
