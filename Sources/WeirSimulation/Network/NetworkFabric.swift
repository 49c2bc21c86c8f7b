import WeirCore

/// What all processes of a simulation share of the network: who listens, who is connected, what is cut.
final class NetworkFabric {
    /// Where somebody listens.
    enum Place: Hashable {
        case port(node: String, Int)
        case path(node: String, String)
    }

    /// One direction between two nodes.
    struct Link: Hashable {
        let source: String
        let target: String
    }

    let simulation: Simulation
    let scheduler: Scheduler
    var nodes: Set<String> = []
    var isPartitioned = false { didSet { touchAll() } }
    var cutLinks: Set<Link> = [] { didSet { touchAll() } }
    /// Nanoseconds that bytes take longer at most, where a link is slow.
    var delays: [Link: Int] = [:]
    /// Sit on all connections between nodes, one behind the other.
    var taps: [any NetworkTap] = []
    private(set) var connections: [SimulatedConnection] = []
    private var listeners: [Place: SimulatedListener] = [:]
    private var lastPort = 49_151
    private var lastConnection = 0

    init(_ simulation: Simulation, _ scheduler: Scheduler) {
        self.simulation = simulation
        self.scheduler = scheduler
    }

    /// What arrives may be other connections' bytes than before.
    private func touchAll() { for connection in connections { connection.watcher?.touch() } }

    /// Whether bytes from one node reach another.
    func delivers(from source: String, to target: String) -> Bool {
        !isPartitioned
            && (cutLinks.isEmpty || !cutLinks.contains(Link(source: source, target: target)))
    }

    func listener(at place: Place) -> SimulatedListener? { listeners[place] }

    /// A port that nobody has.
    func choosePort(_ node: String) -> Int {
        repeat { lastPort += 1 } while listeners[.port(node: node, lastPort)] != nil
        return lastPort
    }

    /// The number of the next connection.
    func countConnection() -> Int {
        lastConnection += 1
        return lastConnection
    }

    /// The ports that a node's processes listen on, ascending.
    func ports(ofNode node: String) -> [Int] {
        let ports = listeners.keys.compactMap { place -> Int? in
            if case .port(node, let port) = place { port } else { nil }
        }
        return ports.sorted()
    }

    func add(_ listener: SimulatedListener) { listeners[listener.place] = listener }

    func remove(_ listener: SimulatedListener) {
        if listeners[listener.place] === listener { listeners[listener.place] = nil }
    }

    func add(_ connection: SimulatedConnection) { connections.append(connection) }

    func remove(_ connection: SimulatedConnection) { connections.removeAll { $0 === connection } }

    /// Closes all that a process has open, as its end does.
    func closeAll(of process: ProcessIdentity) {
        // Apart from what waits to be accepted, nobody sees a listener go: the order does not matter.
        for (place, listener) in listeners where listener.process === process {
            listeners[place] = nil
        }
        for connection in connections where connection.process === process { connection.close() }
    }

    /// Breaks connections between nodes: both sides see an error at once.
    func reset(where isMeant: (SimulatedConnection) -> Bool) {
        let broken = connections.filter { !$0.isLocal && isMeant($0) }
        for connection in broken { connection.reset() }
        connections.removeAll { connection in broken.contains { $0 === connection } }
    }
}
