import WeirCore

/// What a `SimulatedPoller` can watch.
protocol Watchable: AnyObject {
    /// Whether it can be read (or accepted from), or, if asked, written.
    func isReady(forWriting: Bool) -> Bool
    /// When it may become ready by time alone; nil: it is, or not by itself.
    var nextArrival: Int64? { get }
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

    override var mustWake: Bool { super.mustWake || watches.contains { $0.isReady } }

    override var nextMoment: Int64? { watches.compactMap(\.resource.nextArrival).min() }

    override func wakeUp() {
        super.wakeUp()
        ready.removeAll()
        for watch in watches where watch.isReady && !ready.contains(watch.token) {
            ready.append(watch.token)
        }
    }

    private func watch(_ resource: AnyObject, _ token: Int, _ forWriting: Bool) {
        guard let resource = resource as? any Watchable else {
            preconditionFailure("What is watched is of another world than the poller.")
        }
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
        }
        watches.removeAll { $0.resource === resource }
    }
}
