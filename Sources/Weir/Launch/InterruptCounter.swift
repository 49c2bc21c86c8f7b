import Synchronization

/// Counts interrupts: the first stops the job, the second the process.
final class InterruptCounter: Sendable {
    private let count = Atomic<Int>(0)

    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
