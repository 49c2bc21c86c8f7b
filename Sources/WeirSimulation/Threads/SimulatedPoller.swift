import WeirCore

/// What a `SimulatedPoller` can watch.
protocol Watchable: AnyObject {
    /// Whether it can be read (or accepted from), or, if asked, written.
    func isReady(forWriting: Bool) -> Bool
    /// When it may become ready by time alone; nil: it is, or not by itself.
    var nextArrival: Int64? { get }
    /// Who is to be told when either may have become another than before, other than by time.
    var watcher: SimulatedPoller? { get set }
}

/// A parker of the simulated world that also wakes for connections, listeners and children.
// SAFETY: one thread runs a simulation.
final class SimulatedPoller: SimulatedParker, Poller, @unchecked Sendable {
    private struct Watch {
        let resource: any Watchable
        var token: Int
        var forWriting: Bool

        var isReady: Bool { resource.isReady(forWriting: forWriting) }
    }

    private var watches: [Watch] = []
    private var ready: [Int] = []
    /// The moment from which on something is ready, as far as is known now; nil: to be looked up.
    private var readyFrom: Int64?

    func watch(
        _ connection: any Connection,
        token: Int,
        forWriting: Bool
    ) throws(WeirError) {
        watch(connection as AnyObject, token, forWriting)
    }

    func watch(_ listener: any Listener, token: Int) throws(WeirError) {
        watch(listener as AnyObject, token, false)
    }

    func watch(_ process: any ChildProcess, token: Int) throws(WeirError) {
        watch(process as AnyObject, token, false)
    }

    func forget(_ connection: any Connection) { forgetResource(connection) }

    func forget(_ listener: any Listener) { forgetResource(listener) }

    func forget(_ process: any ChildProcess) { forgetResource(process) }

    func takeReady() -> [Int] {
        defer { ready.removeAll() }
        return ready
    }

    override var mustWake: Bool { super.mustWake || nextMoment <= scheduler.now }

    override var nextMoment: Int64 {
        if let readyFrom { return readyFrom }
        var moment = Int64.max
        for watch in watches {
            if watch.isReady {
                moment = .min
                break
            }
            if let arrival = watch.resource.nextArrival { moment = min(moment, arrival) }
        }
        readyFrom = moment
        return moment
    }

    /// What is watched may have become ready, or ready no more.
    func touch() { readyFrom = nil }

    override func wakeUp() {
        super.wakeUp()
        touch()
        ready.removeAll()
        for watch in watches where watch.isReady && !ready.contains(watch.token) {
            ready.append(watch.token)
        }
    }

    private func watch(_ resource: AnyObject, _ token: Int, _ forWriting: Bool) {
        guard let resource = resource as? any Watchable else {
            preconditionFailure("What is watched is of another world than the poller.")
        }
        precondition(
            resource.watcher == nil || resource.watcher === self,
            "One poller at a time watches a connection, listener or child."
        )
        resource.watcher = self
        touch()
        let watch = Watch(resource: resource, token: token, forWriting: forWriting)
        if let index = watches.firstIndex(where: { $0.resource === resource }) {
            watches[index] = watch
        } else {
            watches.append(watch)
        }
    }

    private func forgetResource(_ resource: AnyObject) {
        // What was ready stays in the list only if it is watched: tokens may be given again.
        for watch in watches where watch.resource === resource {
            ready.removeAll { $0 == watch.token }
            watch.resource.watcher = nil
        }
        touch()
        watches.removeAll { $0.resource === resource }
    }
}
