import CWeirSystem
import Glibc
import Synchronization

/// A 32-bit word on a cache line of its own, on which threads can sleep.
// SAFETY: the memory is owned by this object for its whole life, and only atomics touch it.
final class FutexWord: @unchecked Sendable {
    private let word: UnsafeMutablePointer<Atomic<UInt32>>

    init(_ value: UInt32) {
        let line = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
        word = line.bindMemory(to: Atomic<UInt32>.self, capacity: 1)
        word.initialize(to: Atomic(value))
    }

    deinit {
        word.deinitialize(count: 1)
        UnsafeMutableRawPointer(word).deallocate()
    }

    func load() -> UInt32 { word.pointee.load(ordering: .sequentiallyConsistent) }

    func exchange(_ value: UInt32) -> UInt32 {
        word.pointee.exchange(value, ordering: .sequentiallyConsistent)
    }

    /// Whether the word was `expected` and is `desired` now.
    func replace(_ expected: UInt32, by desired: UInt32) -> Bool {
        word.pointee.compareExchange(
            expected: expected,
            desired: desired,
            ordering: .sequentiallyConsistent
        ).exchanged
    }

    /// Sleeps while the word is `expected`; may also return early.
    ///
    /// - Parameters:
    ///   - expected: the value that keeps the thread asleep.
    ///   - deadline: monotonic nanoseconds; nil for no limit.
    /// - Returns: false if the deadline has passed.
    func sleep(while expected: UInt32, until deadline: Int64?) -> Bool {
        guard let deadline else {
            weir_futex_wait(word, expected, -1)
            return true
        }
        let now = nanoseconds(of: CLOCK_MONOTONIC)
        guard deadline > now else { return false }
        weir_futex_wait(word, expected, deadline - now)
        return true
    }

    func wake(_ count: CInt) { weir_futex_wake(word, count) }
}
