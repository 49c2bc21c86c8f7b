/// The generator of `java.util.Random`: the same seed gives the same numbers as on a Java machine.
///
/// A linear congruential generator of 48 bits; the formulas are in Java's API documentation.
@frozen
public struct JavaRandom: Sendable {
    /// 48 bits of state.
    @usableFromInline var state: UInt64

    /// What `new Random(seed)` starts with.
    @inlinable
    public init(seed: Int64) {
        state = (UInt64(bitPattern: seed) ^ 0x5_DEEC_E66D) & 0xFFFF_FFFF_FFFF
    }

    /// The next number of at most 32 bits, from the high end of the state.
    @inlinable
    public mutating func next(bits: Int) -> Int32 {
        state = (state &* 0x5_DEEC_E66D &+ 0xB) & 0xFFFF_FFFF_FFFF
        return Int32(truncatingIfNeeded: state &>> UInt64(48 &- bits))
    }

    /// `nextInt()`: 32 random bits.
    @inlinable
    public mutating func nextInt32() -> Int32 { next(bits: 32) }

    /// `nextInt(bound)`: 0 to `bound - 1`.
    ///
    /// - Precondition: the bound is positive.
    @inlinable
    public mutating func nextInt32(below bound: Int32) -> Int32 {
        precondition(bound > 0, "bound \(bound) of a random number")
        var bits = next(bits: 31)
        let last = bound &- 1
        if bound & last == 0 {
            return Int32(truncatingIfNeeded: (Int64(bound) &* Int64(bits)) &>> 31)
        }
        // Draws again where the last, incomplete run of `bound` numbers would favour small ones.
        var value = bits % bound
        while bits &- value &+ last < 0 {
            bits = next(bits: 31)
            value = bits % bound
        }
        return value
    }

    /// `nextLong()`: 64 bits, of which the generator reaches 2^48 values.
    @inlinable
    public mutating func nextInt64() -> Int64 {
        let high = Int64(next(bits: 32))
        return (high &<< 32) &+ Int64(next(bits: 32))
    }

    /// `nextDouble()`: 53 random bits as a number from 0 up to, not including, 1.
    @inlinable
    public mutating func nextDouble() -> Double {
        let high = Int64(next(bits: 26))
        return Double((high &<< 27) &+ Int64(next(bits: 27))) * 0x1p-53
    }
}
