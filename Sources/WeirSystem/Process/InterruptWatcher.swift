import CWeirSystem
import Glibc
import Synchronization

/// Calls handlers on a thread of its own when SIGINT or SIGTERM arrives.
///
/// One a process, since signals belong to the process. Signals are redirected by the first handler.
final class InterruptWatcher: Sendable {
    static let shared = InterruptWatcher()

    private let handlers = Mutex<[@Sendable () -> Void]>([])

    func add(_ handler: @escaping @Sendable () -> Void) {
        let isFirst = handlers.withLock { handlers in
            handlers.append(handler)
            return handlers.count == 1
        }
        if isFirst { start() }
    }

    private func start() {
        let pipe = weir_redirect_interrupts()
        precondition(
            pipe >= 0,
            "The system lets no signal be caught: \(String(cString: strerror(errno)))"
        )
        _ = RealThread(name: "weir-interrupt") { [self] in
            var byte: UInt8 = 0
            while case .success(1) = retrying({ read(pipe, &byte, 1) }) {
                for handler in handlers.withLock({ $0 }) { handler() }
            }
        }
    }
}
