import WeirCore

/// The other end of a connection.
struct SimulatedPeer {
    /// For messages.
    let name: String
    let node: String
    /// Whether it is on a path of the same node, where no fault of the network reaches.
    let isLocal: Bool
}

/// One end of a connection of the simulated world.
// SAFETY: one thread runs a simulation.
final class SimulatedConnection: Connection, Watchable, @unchecked Sendable {
    /// The longest that bytes take.
    private static let longestDelay = 200_000

    /// Whose end it is.
    let process: ProcessIdentity
    private let peer: SimulatedPeer
    private let incoming: Pipe
    private let outgoing: Pipe
    private let fabric: NetworkFabric
    private var isOpen = true
    /// What a tap knows of the way out; nil if none reaches it.
    private let link: TappedLink?
    /// The other end.
    weak var other: SimulatedConnection?
    weak var watcher: SimulatedPoller?

    init(
        _ fabric: NetworkFabric,
        _ process: ProcessIdentity,
        _ peer: SimulatedPeer,
        link: TappedLink?,
        incoming: Pipe,
        outgoing: Pipe
    ) {
        self.fabric = fabric
        self.process = process
        self.peer = peer
        self.link = link
        self.incoming = incoming
        self.outgoing = outgoing
    }

    var peerName: String { peer.name }
    var peerNode: String { peer.node }
    var isLocal: Bool { peer.isLocal }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(WeirError) -> Int? {
        guard isOpen, !incoming.isReset else { throw failure("reading from") }
        guard let first = incoming.pieces.first else {
            guard let end = incoming.end, hasArrived(end.arrivesAt) else { return nil }
            if end.isError { throw failure("reading from") }
            return 0
        }
        guard hasArrived(first.arrivesAt) else { return nil }
        let part = first.bytes.prefix(buffer.count)
        buffer.copyBytes(from: part)
        if part.count == first.bytes.count {
            incoming.pieces.removeFirst()
        } else {
            incoming.pieces[0].bytes = first.bytes.dropFirst(part.count)
        }
        incoming.queuedBytes -= part.count
        watcher?.touch()
        other?.watcher?.touch()
        return part.count
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(WeirError) -> Int {
        guard isOpen, !isRefused else { throw failure("writing to") }
        let simulation = fabric.simulation
        let room = min(bytes.count, Pipe.capacityBytes - outgoing.queuedBytes)
        guard room > 0 else { return 0 }
        // Mostly all is taken, sometimes less, as by a real socket.
        let count = simulation.coin() ? room : 1 + simulation.choose(below: room)
        let written = UnsafeRawBufferPointer(rebasing: bytes.prefix(count))
        simulation.record(.network, written)
        send(Array(written))
        return count
    }

    private func send(_ bytes: [UInt8]) {
        var carried = bytes
        if let link {
            for tap in fabric.taps { carried = tap.carry(carried, over: link) }
        }
        outgoing.pieces.append((chooseArrival(), carried[...]))
        outgoing.queuedBytes += carried.count
        other?.watcher?.touch()
    }

    func waitReadable(until deadline: Int64) {
        _ = fabric.scheduler.run(until: deadline, moment: { nextArrival }, { isReadable })
    }

    /// Closes it: the peer sees the end behind all bytes, or an error if some of its own were not read.
    func close() {
        guard isOpen else { return }
        isOpen = false
        let arrival = chooseArrival()
        outgoing.end = (arrival, isError: incoming.queuedBytes > 0)
        incoming.refusedAt = arrival
        watcher?.touch()
        other?.watcher?.touch()
        fabric.remove(self)
    }

    func reset() {
        incoming.isReset = true
        outgoing.isReset = true
        watcher?.touch()
        other?.watcher?.touch()
    }

    func isReady(forWriting: Bool) -> Bool { isReadable || (forWriting && isWritable) }

    var nextArrival: Int64? {
        guard isConnected else { return nil }
        let moments = [
            incoming.pieces.first?.arrivesAt ?? incoming.end?.arrivesAt, outgoing.refusedAt,
        ]
        return moments.compactMap { $0 }.filter { $0 > fabric.simulation.now }.min()
    }

    private var isReadable: Bool {
        if !isOpen || incoming.isReset { return true }
        let next = incoming.pieces.first?.arrivesAt ?? incoming.end?.arrivesAt
        return next.map(hasArrived) ?? false
    }

    /// Whether a write does anything, be it to fail.
    private var isWritable: Bool {
        !isOpen || isRefused || outgoing.queuedBytes < Pipe.capacityBytes
    }

    private var isRefused: Bool {
        outgoing.isReset || outgoing.refusedAt.map(hasArrived) ?? false
    }

    /// Whether what the peer sends arrives.
    private var isConnected: Bool {
        isLocal || fabric.delivers(from: peerNode, to: process.node)
    }

    private func hasArrived(_ moment: Int64) -> Bool {
        moment <= fabric.simulation.now && isConnected
    }

    /// When what is sent now arrives: behind what was sent before.
    private func chooseArrival() -> Int64 {
        var longest = Self.longestDelay
        if !isLocal, !fabric.delays.isEmpty {
            let link = NetworkFabric.Link(source: process.node, target: peerNode)
            longest += fabric.delays[link] ?? 0
        }
        let delay = Int64(1_000 + fabric.simulation.choose(below: longest))
        return max(fabric.simulation.now + delay, outgoing.pieces.last?.arrivesAt ?? 0)
    }

    private func failure(_ operation: String) -> WeirError {
        WeirError(
            .networkFailed,
            "\(operation) \(peerName) failed",
            reason: isOpen ? "Connection reset by peer" : "The connection is closed"
        )
    }
}
