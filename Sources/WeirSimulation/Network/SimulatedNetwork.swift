import WeirCore

/// Sockets in memory: bytes take a seeded time, arrive in pieces, and links break on demand.
///
/// A node's name is its host name; its processes reach each other by `localhost` and the like, too, and
/// by the paths of sockets, which are no files here and which no fault of the network touches. Who
/// listens on `localhost` is not reached from other nodes.
public final class SimulatedNetwork: Network, @unchecked Sendable {
    // SAFETY: one thread runs a simulation.

    /// Names by which each node knows itself.
    private static let ownNames: Set<String> = ["", "localhost", "127.0.0.1", "::1"]
    /// Names by which to listen for all.
    private static let allNames: Set<String> = ["", "0.0.0.0", "::"]
    /// The longest path of a socket, as in the real world.
    private static let pathLimit = 107

    private let fabric: NetworkFabric
    private let process: ProcessIdentity

    init(_ fabric: NetworkFabric, _ process: ProcessIdentity) {
        self.fabric = fabric
        self.process = process
    }

    // MARK: What an attacker finds

    /// The ports that a node's processes listen on, ascending, as a scan finds them.
    public func ports(ofNode node: String) -> [Int] { fabric.ports(ofNode: node) }

    // MARK: Faults, of all nodes

    /// While true nothing arrives, and nobody can connect; what was sent arrives later.
    public var isPartitioned: Bool {
        get { fabric.isPartitioned }
        set { fabric.isPartitioned = newValue }
    }

    /// Cuts one direction between two nodes, as `isPartitioned` does all; nobody can connect either way.
    public func cut(from source: String, to target: String) {
        fabric.cutLinks.insert(NetworkFabric.Link(source: source, target: target))
    }

    /// Cuts both directions between two nodes.
    public func cut(between first: String, and second: String) {
        cut(from: first, to: second)
        cut(from: second, to: first)
    }

    /// Ends the cuts between two nodes, in both directions.
    public func heal(between first: String, and second: String) {
        fabric.cutLinks.remove(NetworkFabric.Link(source: first, target: second))
        fabric.cutLinks.remove(NetworkFabric.Link(source: second, target: first))
    }

    /// Ends all cuts between nodes.
    public func healAll() { fabric.cutLinks.removeAll() }

    /// Lets bytes from one node to another take so many nanoseconds longer at most; 0: no longer.
    ///
    /// Those of one connection keep their order, those of several do not.
    public func delay(from source: String, to target: String, by nanoseconds: Int) {
        let link = NetworkFabric.Link(source: source, target: target)
        fabric.delays[link] = nanoseconds == 0 ? nil : nanoseconds
    }

    /// Ends all delays between nodes.
    public func removeDelays() { fabric.delays.removeAll() }

    /// What sits on all connections between nodes: each sees what the one before it lets through.
    public var taps: [any NetworkTap] {
        get { fabric.taps }
        set { fabric.taps = newValue }
    }

    /// Breaks all connections, as a restarted router does: both sides see an error.
    public func resetAll() { fabric.reset { _ in true } }

    /// Breaks all connections that one end of is on a node.
    public func resetAll(ofNode node: String) {
        fabric.reset { $0.process.node == node || $0.peerNode == node }
    }

    /// Closes all connections and listeners of this process, as its end does.
    public func closeAll() { fabric.closeAll(of: process) }

    // MARK: Network

    /// Connects to a listening port of a node; to one that is cut off it fails at once.
    public func connect(host: String, port: Int) throws(WeirError) -> any Connection {
        fabric.simulation.record(.network, UInt64(bitPattern: Int64(port)))
        let target = Self.ownNames.contains(host) ? process.node : host
        let operation = "connecting to \(host):\(port)"
        guard fabric.nodes.contains(target) else {
            throw failure(operation, "There is no node of this name")
        }
        guard fabric.delivers(from: process.node, to: target),
            fabric.delivers(from: target, to: process.node)
        else { throw failure(operation, "The network is partitioned") }
        guard let listener = fabric.listener(at: .port(node: target, port)),
            !listener.isForOwnNode || target == process.node
        else { throw failure(operation, "Connection refused") }
        let name = "\(process.node):\(fabric.choosePort(process.node))"
        return connect(to: listener, "\(host):\(port)", ownName: name, isLocal: false)
    }

    /// Listens on a port of this node; 0 chooses a free one.
    public func listen(host: String, port: Int) throws(WeirError) -> any Listener {
        let operation = "listening on \(host):\(port)"
        let isForAll = Self.allNames.contains(host) || host == process.node
        guard isForAll || Self.ownNames.contains(host) else {
            throw failure(operation, "Cannot assign requested address")
        }
        let chosen = port == 0 ? fabric.choosePort(process.node) : port
        let place = NetworkFabric.Place.port(node: process.node, chosen)
        guard fabric.listener(at: place) == nil else {
            throw failure(operation, "Address already in use")
        }
        let listener = SimulatedListener(place, fabric, process, isForOwnNode: !isForAll)
        fabric.add(listener)
        return listener
    }

    /// Connects to a path that a process of this node listens on.
    public func connect(path: String) throws(WeirError) -> any Connection {
        fabric.simulation.record(.network, path)
        let place = try place(of: path)
        guard let listener = fabric.listener(at: place) else {
            throw failure("connecting to \(path)", "Connection refused")
        }
        return connect(to: listener, path, ownName: path, isLocal: true)
    }

    /// Listens on a path of this node.
    public func listen(path: String) throws(WeirError) -> any Listener {
        let place = try place(of: path)
        guard fabric.listener(at: place) == nil else {
            throw failure("listening on \(path)", "Address already in use")
        }
        let listener = SimulatedListener(place, fabric, process, isForOwnNode: true)
        fabric.add(listener)
        return listener
    }

    private func connect(
        to listener: SimulatedListener,
        _ name: String,
        ownName: String,
        isLocal: Bool
    ) -> SimulatedConnection {
        let there = Pipe()
        let back = Pipe()
        let number = fabric.countConnection()
        let (ownNode, otherNode) = (process.node, listener.process.node)
        let port = listener.port
        func link(from source: String, to target: String, isFromClient: Bool) -> TappedLink? {
            guard !isLocal else { return nil }
            return TappedLink(
                connection: number,
                source: source,
                target: target,
                port: port,
                isFromClient: isFromClient
            )
        }
        let client = SimulatedConnection(
            fabric,
            process,
            SimulatedPeer(name: name, node: listener.process.node, isLocal: isLocal),
            link: link(from: ownNode, to: otherNode, isFromClient: true),
            incoming: back,
            outgoing: there
        )
        let server = SimulatedConnection(
            fabric,
            listener.process,
            SimulatedPeer(name: ownName, node: process.node, isLocal: isLocal),
            link: link(from: otherNode, to: ownNode, isFromClient: false),
            incoming: there,
            outgoing: back
        )
        client.other = server
        server.other = client
        fabric.add(client)
        fabric.add(server)
        listener.add(server)
        return client
    }

    private func place(of path: String) throws(WeirError) -> NetworkFabric.Place {
        guard (1...Self.pathLimit).contains(path.utf8.count) else {
            throw WeirError(
                .badValue,
                "\(path) cannot be the path of a socket.",
                reason: "It has \(path.utf8.count) bytes; the system takes 1 to \(Self.pathLimit)."
            )
        }
        return .path(node: process.node, path)
    }

    private func failure(_ operation: String, _ reason: String) -> WeirError {
        WeirError(.networkFailed, "\(operation) failed", reason: reason)
    }
}
