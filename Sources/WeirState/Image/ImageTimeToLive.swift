import Synchronization

// SAFETY: the words are atomics that live as long as the object.
/// What compaction may drop: entries of states with a time to live that expired long enough ago.
///
/// Values of such states begin with their expiry, milliseconds since the epoch, as an Int64 in
/// little-endian order. The bound must lie before the oldest retained checkpoint, so that a restore
/// from it finds what it had. Any thread may call it.
public final class ImageTimeToLive: @unchecked Sendable {
    /// Bytes of the expiry in front of a value.
    public static let expiryBytes = 8

    private let bound = Atomic<Int64>(.min)
    private let states: UnsafeMutablePointer<Atomic<UInt64>>
    private static let wordCount = 1 << 10

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
    public func add(state: UInt16) {
        states[Int(state >> 6)].bitwiseOr(1 << UInt64(state & 63), ordering: .relaxed)
    }

    /// Whether the values of a state begin with their expiry.
    public func contains(state: UInt16) -> Bool {
        states[Int(state >> 6)].load(ordering: .relaxed) & (1 << UInt64(state & 63)) != 0
    }

    /// Allows to drop what expired at or before a time, in milliseconds; the bound only grows.
    public func advanceBound(to time: Int64) { bound.max(time, ordering: .relaxed) }

    /// Whether an entry may be dropped.
    func allowsDropping(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
        guard let entry = ImageKey.entry(key: key, value: value), contains(state: entry.state),
            value.count >= Self.expiryBytes
        else { return false }
        let expiry = Int64(littleEndian: value.loadUnaligned(as: Int64.self))
        return expiry <= bound.load(ordering: .relaxed)
    }
}
