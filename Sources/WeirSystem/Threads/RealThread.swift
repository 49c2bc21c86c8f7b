import CWeirSystem
import Glibc
import WeirCore

/// A detached POSIX thread; `join` waits for a word that it sets when its work is done.
final class RealThread: RunningThread {
    fileprivate static let running: UInt32 = 0
    fileprivate static let ended: UInt32 = 1

    private let state = FutexWord(RealThread.running)

    /// Starts a thread that runs `work`.
    ///
    /// - Parameters:
    ///   - name: shown by the system's tools; cut to 15 bytes.
    ///   - work: what it does.
    init(name: String, work: @escaping @Sendable () -> Void) {
        let start = ThreadStart(name: name, state: state, work: work)
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

/// Carries a thread's work through the C interface.
private final class ThreadStart: Sendable {
    let name: String
    let state: FutexWord
    let work: @Sendable () -> Void

    init(name: String, state: FutexWord, work: @escaping @Sendable () -> Void) {
        self.name = name
        self.state = state
        self.work = work
    }
}

private func runThreadStart(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let state = runAndRelease(argument)
    // Only now: who joins must find nothing in use that the work held.
    _ = state.exchange(RealThread.ended)
    state.wake(.max)
    return nil
}

@inline(never)
private func runAndRelease(_ argument: UnsafeMutableRawPointer) -> FutexWord {
    // SAFETY: the pointer is the reference that `RealThread.init` retained, and taken back here only.
    let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
    weir_name_thread(start.name)
    start.work()
    return start.state
}
