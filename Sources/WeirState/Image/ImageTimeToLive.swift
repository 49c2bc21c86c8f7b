import Synchronization

// SAFETY: the words are atomics that live as long as the object.
/// What folding and compaction may drop: entries of states with a time to live that expired long ago.
///
/// Values of such states begin with their expiry, milliseconds since the epoch, as an Int64 in
/// little-endian order. The bounds are the clocks as of a completed checkpoint: a restore from it or
/// from a later one finds entries that expired by then expired too, and older checkpoints have
/// files of their own. Any thread may call it.
public final class ImageTimeToLive: @unchecked Sendable {
    /// Bytes of the expiry in front of a value.
    public static let expiryBytes = 8

    private let processingBound = Atomic<Int64>(.min)
    private let eventBound = Atomic<Int64>(.min)
    /// Two bits for a state: whether it has a time to live, and whether that is in event time.
    private let states: UnsafeMutablePointer<Atomic<UInt64>>
    private static let wordCount = 1 << 11

    /// Nothing may be dropped yet.
    public init() {
        states = .allocate(capacity: Self.wordCount)
        for index in 0..<Self.wordCount { (states + index).initialize(to: Atomic(0)) }
    }

    deinit {
        states.deinitialize(count: Self.wordCount)
        states.deallocate()
    }

    /// Declares that the values of a state begin with their expiry.
    public func add(state: UInt16, _ domain: StateTimeToLive.Domain) {
        let bits: UInt64 = domain == .eventTime ? 0b11 : 0b01
        states[Int(state >> 5)].bitwiseOr(bits << (2 * UInt64(state & 31)), ordering: .relaxed)
    }

    private func bits(_ state: UInt16) -> UInt64 {
        states[Int(state >> 5)].load(ordering: .relaxed) >> (2 * UInt64(state & 31)) & 0b11
    }

    /// Whether the values of a state begin with their expiry.
    public func contains(state: UInt16) -> Bool { bits(state) != 0 }

    /// Allows to drop what expired at or before these times; the bounds only grow.
    public func advanceBounds(to clock: StateClock) {
        processingBound.max(clock.processingTime, ordering: .relaxed)
        eventBound.max(clock.watermark, ordering: .relaxed)
    }

    /// Whether a stored value has expired.
    static func isExpired(_ value: UnsafeRawBufferPointer, _ now: Int64) -> Bool {
        guard value.count >= expiryBytes else { return false }
        return Int64(littleEndian: value.loadUnaligned(as: Int64.self)) <= now
    }

    /// Whether an entry may be dropped.
    func allowsDropping(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
        guard let entry = ImageKey.entry(key: key, value: value) else { return false }
        return allowsDropping(state: entry.state, value)
    }

    /// Whether an entry of a state may be dropped.
    func allowsDropping(state: UInt16, _ value: UnsafeRawBufferPointer) -> Bool {
        let bits = bits(state)
        if bits == 0 { return false }
        let bound =
            bits == 0b11
            ? eventBound.load(ordering: .relaxed) : processingBound.load(ordering: .relaxed)
        return Self.isExpired(value, bound)
    }
}
