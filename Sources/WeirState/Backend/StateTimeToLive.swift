/// How long a state's entries live; the same choices as those of Flink's `StateTtlConfig`.
///
/// An entry that has expired is never returned, whether it has been removed yet or not. Removal goes on
/// in the background: a slice between two steps of the task, and when segments are folded into the
/// image or the image is compacted. Maps expire entry by entry, lists element by element.
public struct StateTimeToLive: Sendable, Hashable {
    /// Which clock decides.
    public enum Domain: UInt8, Sendable {
        /// The wall clock of the `World`, as of the batch at hand.
        case processingTime
        /// The operator's watermark.
        case eventTime
    }

    /// What makes an entry live on.
    public enum UpdateType: UInt8, Sendable {
        /// Creating or writing it.
        case onCreateAndWrite
        /// Reading it too.
        case onReadAndWrite
    }

    /// Milliseconds from the last update to the expiry.
    public let milliseconds: Int64
    /// Which clock decides.
    public let domain: Domain
    /// What makes an entry live on.
    public let updates: UpdateType

    /// A time to live.
    public init(
        milliseconds: Int64,
        domain: Domain = .processingTime,
        updates: UpdateType = .onCreateAndWrite
    ) {
        precondition(milliseconds > 0, "a time to live of \(milliseconds) ms")
        self.milliseconds = milliseconds
        self.domain = domain
        self.updates = updates
    }

    /// The moment at which an entry that is updated now expires; saturates.
    public func expiry(now: Int64) -> Int64 {
        let (sum, overflow) = now.addingReportingOverflow(milliseconds)
        return overflow ? .max : sum
    }
}

/// The clocks by which entries of an operator expire, in milliseconds.
public struct StateClock: Sendable, Hashable {
    /// The wall clock.
    public var processingTime: Int64
    /// The operator's watermark.
    public var watermark: Int64

    /// Two readings.
    public init(processingTime: Int64, watermark: Int64) {
        self.processingTime = processingTime
        self.watermark = watermark
    }

    /// The reading that decides in a domain.
    public func time(_ domain: StateTimeToLive.Domain) -> Int64 {
        domain == .processingTime ? processingTime : watermark
    }
}
