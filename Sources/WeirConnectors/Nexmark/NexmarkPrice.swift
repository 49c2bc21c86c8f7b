import CWeirIntrinsics

/// Prices: their logarithms are spread evenly over six powers of ten, from 100 cents on.
enum NexmarkPrice {
    /// The next price, in cents.
    @inline(__always)
    static func next(_ random: inout JavaRandom) -> Int64 {
        Int64(weir_power(10, random.nextDouble() * 6) * 100 + 0.5)
    }
}
