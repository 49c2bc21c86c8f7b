import Synchronization
import WeirCore

/// SplitMix64 over a shared counter that the kernel's entropy starts.
///
/// One atomic addition a number, so that threads share it without a lock. Not for secrets.
final class RealRandom: RandomSource {
    private let counter: Atomic<UInt64>

    init() {
        var entropy = SystemRandomNumberGenerator()
        counter = Atomic(entropy.next())
    }

    func next() -> UInt64 {
        let step: UInt64 = 0x9e37_79b9_7f4a_7c15
        let previous = counter.wrappingAdd(step, ordering: .relaxed).oldValue
        var generator = SplitMix64(seed: previous)
        return generator.next()
    }
}
