import Glibc
import Synchronization
import WeirCore

/// A lock of an open file description: the kernel frees it when the descriptor closes, so also when the
/// process dies.
final class RealFileLock: FileLock {
    /// -1 once released.
    private let descriptor: Atomic<CInt>

    init(descriptor: CInt) { self.descriptor = Atomic(descriptor) }

    deinit { release() }

    func release() {
        let held = descriptor.exchange(-1, ordering: .acquiringAndReleasing)
        if held >= 0 { Glibc.close(held) }
    }
}
