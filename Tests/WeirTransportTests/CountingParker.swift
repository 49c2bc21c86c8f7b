import Synchronization
import WeirCore

/// Counts wake-ups instead of waking anyone.
final class CountingParker: Parker {
    private let count = Atomic<Int>(0)

    var wakes: Int { count.load(ordering: .relaxed) }

    func park(until deadline: Int64?) {}

    func wake() { count.add(1, ordering: .relaxed) }
}
