import Synchronization
import WeirCore

/// Numbers for worker processes: each is used once by a leader, and the next leaders use others.
final class WorkerNumbers: Sendable {
    private let last: Atomic<UInt32>

    init(epoch: LeaderEpoch) {
        last = Atomic(UInt32(truncatingIfNeeded: epoch.number & 0xFFFF) << 16)
    }

    func next() -> UInt32 { last.add(1, ordering: .relaxed).newValue }
}
