/// How long a client may take to move a message.
///
/// It is a fixed time, and what the size needs at the slowest speed. Times are nanoseconds that only
/// grow.
package struct TransferBudget {
    /// Nanoseconds that any message may take.
    let base: Int64
    /// The slowest speed.
    let minimumBytesPerSecond: Int
    /// When the message began; nil between messages.
    private var start: Int64?
    private var bytes = 0

    package init(base: Int64, minimumBytesPerSecond: Int) {
        precondition(minimumBytesPerSecond > 0, "\(minimumBytesPerSecond) bytes per second")
        self.base = base
        self.minimumBytesPerSecond = minimumBytesPerSecond
    }

    /// The first part of a message came or goes.
    package mutating func begun(at now: Int64) {
        start = now
        bytes = 0
    }

    /// More of it came or went.
    package mutating func moved(_ count: Int) { bytes += count }

    /// The last part came or went.
    package mutating func ended() { start = nil }

    /// When the client is given up; nil between messages.
    package var deadline: Int64? {
        guard let start else { return nil }
        // No more than a year, which is as good as for ever and does not overflow.
        let seconds = min(3e7, Double(bytes) / Double(minimumBytesPerSecond))
        return start + base + Int64(seconds * 1e9)
    }
}
