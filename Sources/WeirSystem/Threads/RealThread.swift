import CWeirSystem
import Glibc
import WeirCore

/// A detached POSIX thread; `join` waits for a word that it sets when its work is done.
final class RealThread: RunningThread {
    private static let running: UInt32 = 0
    private static let ended: UInt32 = 1

    private let state = FutexWord(RealThread.running)

    /// Starts a thread that runs `work`.
    ///
    /// - Parameters:
    ///   - name: shown by the system's tools; cut to 15 bytes.
    ///   - work: what it does.
    init(name: String, work: @escaping @Sendable () -> Void) {
        let state = state
        let start = ThreadStart {
            weir_name_thread(name)
            work()
            _ = state.exchange(RealThread.ended)
            state.wake(.max)
        }
        // SAFETY: the new thread takes the reference back exactly once; if there is no new thread,
        // the process ends here.
        let argument = Unmanaged.passRetained(start).toOpaque()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let failure = pthread_create(&thread, &attributes, runThreadStart, argument)
        pthread_attr_destroy(&attributes)
        precondition(
            failure == 0,
            "The system gives no thread for \(name): \(String(cString: strerror(failure)))"
        )
    }

    func join() {
        while state.load() == Self.running {
            _ = state.sleep(while: Self.running, until: nil)
        }
    }
}

/// Carries a closure through the C interface.
private final class ThreadStart: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func runThreadStart(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let argument {
        // SAFETY: the pointer is the reference that `RealThread.init` retained.
        Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().run()
    }
    return nil
}
