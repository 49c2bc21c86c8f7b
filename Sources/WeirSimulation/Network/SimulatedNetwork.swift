import WeirCore

/// Sockets in memory: bytes take a seeded time, arrive in pieces, and links break on demand.
public final class SimulatedNetwork: Network, @unchecked Sendable {
    // SAFETY: one thread runs a simulation.

    /// While true nothing arrives, and nobody can connect; what was sent arrives later.
    public var isPartitioned = false

    let simulation: Simulation
    let scheduler: Scheduler
    private var listeners: [Int: SimulatedListener] = [:]
    private var lastPort = 49_151
    private var connections: [SimulatedConnection] = []

    init(_ simulation: Simulation, _ scheduler: Scheduler) {
        self.simulation = simulation
        self.scheduler = scheduler
    }

    /// Breaks all connections, as a restarted router does: both sides see an error.
    public func resetAll() {
        for connection in connections { connection.reset() }
        connections.removeAll()
    }

    /// Closes all connections and listeners, as the end of a process does.
    public func closeAll() {
        for connection in connections { connection.close() }
        connections.removeAll()
        listeners.removeAll()
    }

    /// Connects to a listening port of this world; the host's name does not matter.
    public func connect(host: String, port: Int) throws(WeirError) -> any Connection {
        simulation.record(.network, UInt64(bitPattern: Int64(port)))
        guard let listener = listeners[port], !isPartitioned else {
            throw WeirError(
                .networkFailed,
                "connecting to \(host):\(port) failed",
                reason: isPartitioned ? "The network is partitioned" : "Connection refused"
            )
        }
        let there = Pipe()
        let back = Pipe()
        let client = SimulatedConnection(incoming: back, outgoing: there, self)
        let server = SimulatedConnection(incoming: there, outgoing: back, self)
        connections += [client, server]
        listener.add(server)
        return client
    }

    /// Listens on a port of this world; 0 chooses a free one.
    public func listen(host: String, port: Int) throws(WeirError) -> any Listener {
        var chosen = port
        while chosen == 0 || (port == 0 && listeners[chosen] != nil) {
            lastPort += 1
            chosen = lastPort
        }
        guard listeners[chosen] == nil else {
            throw WeirError(
                .networkFailed,
                "listening on \(host):\(port) failed",
                reason: "Address already in use"
            )
        }
        let listener = SimulatedListener(port: chosen, self)
        listeners[chosen] = listener
        return listener
    }

    func forget(_ listener: SimulatedListener) {
        if listeners[listener.port] === listener { listeners[listener.port] = nil }
    }
}

/// A listening port of the simulated world.
// SAFETY: one thread runs a simulation.
final class SimulatedListener: Listener, Watchable, @unchecked Sendable {
    let port: Int
    private let network: SimulatedNetwork
    private var waiting: [SimulatedConnection] = []

    init(port: Int, _ network: SimulatedNetwork) {
        self.port = port
        self.network = network
    }

    func add(_ connection: SimulatedConnection) { waiting.append(connection) }

    func isReady(forWriting: Bool) -> Bool { !waiting.isEmpty }

    var nextArrival: Int64? { nil }

    func accept() throws(WeirError) -> (any Connection)? {
        waiting.isEmpty ? nil : waiting.removeFirst()
    }

    func close() { network.forget(self) }
}
