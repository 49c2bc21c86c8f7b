/// Chance: 64 random bits at a time, safe to call from any thread.
public protocol RandomSource: Sendable {
    /// The next 64 bits.
    func next() -> UInt64
}

/// A small, fast, seeded generator: the same seed gives the same numbers for ever.
///
/// SplitMix64, Steele, Lea, Flood, OOPSLA 2014.
@frozen
public struct SplitMix64: RandomNumberGenerator, Sendable {
    /// The whole state.
    public var state: UInt64

    /// Starts from a seed.
    @inlinable
    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    @inlinable
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z &>> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z &>> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z &>> 31)
    }
}
