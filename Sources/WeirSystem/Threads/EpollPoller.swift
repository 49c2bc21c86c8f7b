import CWeirSystem
import Glibc
import WeirCore

/// Parks one thread in `epoll_wait`; others wake it by an eventfd, the bell.
///
/// The states are those of `FutexParker`, and `wake` is one atomic exchange unless the thread sleeps.
/// A waker that finds it sleeping rings the bell. The bell may ring late, when the sleeper has gone
/// on and sleeps again: then the state says `sleeping` still, and it goes on sleeping. It cannot be
/// missed, since the bell rings after the exchange, and stays rung until it is reported.
// SAFETY: `wake` touches the state's atomic word and constants only; everything else belongs to the
// one thread that parks, by the contract of `Poller`.
final class EpollPoller: Poller, @unchecked Sendable {
    private static let awake: UInt32 = 0
    private static let sleeping: UInt32 = 1
    private static let notified: UInt32 = 2

    private let state = FutexWord(EpollPoller.awake)
    private let poller: CInt
    private let bell: CInt
    private var tokens: [CInt: Int] = [:]
    /// Descriptors as the last `weir_poll` reported them.
    private var reported = [CInt](repeating: 0, count: Int(WEIR_POLL_LIMIT))
    /// Ready descriptors of the last park.
    private var ready: [CInt] = []

    init() throws(WeirError) {
        poller = weir_poller_open()
        guard poller >= 0 else { throw SystemFailure.network(errno, "making a poller") }
        bell = weir_poller_add_bell(poller)
        guard bell >= 0 else {
            let failure = errno
            // An initialiser that throws runs no `deinit`.
            Glibc.close(poller)
            throw SystemFailure.network(failure, "making a poller's bell")
        }
    }

    deinit {
        Glibc.close(bell)
        Glibc.close(poller)
    }

    func watch(
        _ connection: any Connection,
        token: Int,
        forWriting: Bool
    ) throws(WeirError) {
        try watch(connection, token, forWriting: forWriting, "watching a connection")
    }

    func watch(_ listener: any Listener, token: Int) throws(WeirError) {
        try watch(listener, token, forWriting: false, "watching a listener")
    }

    func watch(_ process: any ChildProcess, token: Int) throws(WeirError) {
        try watch(process, token, forWriting: false, "watching process \(process.processID)")
    }

    func forget(_ connection: any Connection) { forgetResource(connection) }

    func forget(_ listener: any Listener) { forgetResource(listener) }

    func forget(_ process: any ChildProcess) { forgetResource(process) }

    func takeReady() -> [Int] {
        var seen: Set<Int> = []
        var taken: [Int] = []
        for descriptor in ready {
            if let token = tokens[descriptor], seen.insert(token).inserted { taken.append(token) }
        }
        ready.removeAll(keepingCapacity: true)
        return taken
    }

    func park(until deadline: Int64?) {
        if state.replace(Self.awake, by: Self.sleeping) {
            var isOver = false
            while !isOver {
                let timeout = Self.timeoutNanoseconds(until: deadline)
                collect(timeoutNanoseconds: timeout)
                isOver = !ready.isEmpty || timeout == 0 || state.load() != Self.sleeping
            }
        } else {
            // Notified: what is ready counts all the same.
            collect(timeoutNanoseconds: 0)
        }
        // A wake that arrives between the deadline and here is consumed: the caller runs anyway.
        _ = state.exchange(Self.awake)
    }

    func wake() {
        if state.exchange(Self.notified) == Self.sleeping { weir_poller_ring(bell) }
    }

    /// What is left of a deadline; -1 without one.
    private static func timeoutNanoseconds(until deadline: Int64?) -> Int64 {
        guard let deadline else { return -1 }
        let now = nanoseconds(of: CLOCK_MONOTONIC)
        return max(deadline, now) - now
    }

    private func collect(timeoutNanoseconds: Int64) {
        let count = weir_poll(poller, &reported, timeoutNanoseconds)
        ready.removeAll(keepingCapacity: true)
        for descriptor in reported.prefix(Int(count)) where descriptor != bell {
            ready.append(descriptor)
        }
    }

    private func watch(
        _ resource: AnyObject,
        _ token: Int,
        forWriting: Bool,
        _ operation: @autoclosure () -> String
    ) throws(WeirError) {
        guard let pollable = resource as? any Pollable else {
            preconditionFailure("\(operation()): it is of another world than the poller")
        }
        let descriptor = pollable.polledDescriptor
        guard weir_poller_watch(poller, descriptor, forWriting ? 1 : 0) == 0 else {
            throw SystemFailure.network(errno, operation())
        }
        tokens[descriptor] = token
    }

    private func forgetResource(_ resource: AnyObject) {
        guard let descriptor = (resource as? any Pollable)?.polledDescriptor, descriptor >= 0
        else { return }
        weir_poller_forget(poller, descriptor)
        tokens[descriptor] = nil
        // The next to be watched may get its number.
        ready.removeAll { $0 == descriptor }
    }
}
