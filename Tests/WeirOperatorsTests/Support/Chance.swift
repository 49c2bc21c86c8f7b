import WeirCore

/// Repeatable chance: the seed is in the test's arguments, which a failure prints.
struct Chance {
    private var generator: SplitMix64

    init(_ seed: UInt64) { generator = SplitMix64(seed: seed) }

    /// A number from 0 to `limit - 1`.
    mutating func below(_ limit: Int) -> Int { Int(generator.next() % UInt64(limit)) }
}
