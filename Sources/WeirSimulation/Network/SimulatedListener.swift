import WeirCore

/// A listening port or path of the simulated world.
// SAFETY: one thread runs a simulation.
final class SimulatedListener: Listener, Watchable, @unchecked Sendable {
    let place: NetworkFabric.Place
    let process: ProcessIdentity
    /// Whether other nodes do not reach it.
    let isForOwnNode: Bool
    private let fabric: NetworkFabric
    private var waiting: [SimulatedConnection] = []
    weak var watcher: SimulatedPoller?

    init(
        _ place: NetworkFabric.Place,
        _ fabric: NetworkFabric,
        _ process: ProcessIdentity,
        isForOwnNode: Bool
    ) {
        self.place = place
        self.fabric = fabric
        self.process = process
        self.isForOwnNode = isForOwnNode
    }

    var port: Int {
        switch place {
        case .port(_, let port): port
        case .path: 0
        }
    }

    func add(_ connection: SimulatedConnection) {
        waiting.append(connection)
        watcher?.touch()
    }

    func isReady(forWriting: Bool) -> Bool { !waiting.isEmpty }

    var nextArrival: Int64? { nil }

    func accept() throws(WeirError) -> (any Connection)? {
        guard !waiting.isEmpty else { return nil }
        watcher?.touch()
        return waiting.removeFirst()
    }

    func close() {
        fabric.remove(self)
        for connection in waiting { connection.close() }
        waiting.removeAll()
        watcher?.touch()
    }
}
