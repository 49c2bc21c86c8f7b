import WeirCore

/// One direction of a connection: pieces of bytes, each with the moment at which it arrives.
final class Pipe {
    /// Bytes that may be under way or unread, as in a socket's buffer.
    static let capacityBytes = 65_536

    var pieces: [(arrivesAt: Int64, bytes: ArraySlice<UInt8>)] = []
    var queuedBytes = 0
    /// The writer has closed; what is queued still arrives.
    var hasEnded = false
    /// Nobody reads any more, or the link broke.
    var isBroken = false
    /// The reader sees an error instead of bytes.
    var isReset = false
}

/// One end of a connection of the simulated world.
// SAFETY: one thread runs a simulation.
final class SimulatedConnection: Connection, Watchable, @unchecked Sendable {
    private let incoming: Pipe
    private let outgoing: Pipe
    private let network: SimulatedNetwork
    private var isOpen = true

    init(incoming: Pipe, outgoing: Pipe, _ network: SimulatedNetwork) {
        self.incoming = incoming
        self.outgoing = outgoing
        self.network = network
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(WeirError) -> Int? {
        guard isOpen, !incoming.isReset else { throw failure("reading from") }
        guard let first = incoming.pieces.first else { return incoming.hasEnded ? 0 : nil }
        guard !network.isPartitioned, first.arrivesAt <= network.simulation.now else { return nil }
        let part = first.bytes.prefix(buffer.count)
        buffer.copyBytes(from: part)
        if part.count == first.bytes.count {
            incoming.pieces.removeFirst()
        } else {
            incoming.pieces[0].bytes = first.bytes.dropFirst(part.count)
        }
        incoming.queuedBytes -= part.count
        return part.count
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(WeirError) -> Int {
        guard isOpen, !outgoing.isBroken else { throw failure("writing to") }
        let simulation = network.simulation
        let room = min(bytes.count, Pipe.capacityBytes - outgoing.queuedBytes)
        guard room > 0 else { return 0 }
        // Mostly all is taken, sometimes less, as by a real socket.
        let count = simulation.coin() ? room : 1 + simulation.choose(below: room)
        let delay = Int64(1_000 + simulation.choose(below: 200_000))
        let arrival = max(simulation.now + delay, outgoing.pieces.last?.arrivesAt ?? 0)
        outgoing.pieces.append((arrival, Array(bytes.prefix(count))[...]))
        outgoing.queuedBytes += count
        simulation.record(.network, UnsafeRawBufferPointer(rebasing: bytes.prefix(count)))
        return count
    }

    func waitReadable(until deadline: Int64) {
        _ = network.scheduler.run(until: deadline, moment: { nextArrival }, { isReadable })
    }

    func isReady(forWriting: Bool) -> Bool { isReadable || (forWriting && isWritable) }

    var nextArrival: Int64? {
        guard !network.isPartitioned, let arrival = incoming.pieces.first?.arrivesAt,
            arrival > network.simulation.now
        else { return nil }
        return arrival
    }

    func close() {
        isOpen = false
        outgoing.hasEnded = true
        incoming.isBroken = true
    }

    func reset() {
        for pipe in [incoming, outgoing] {
            pipe.isBroken = true
            pipe.isReset = true
        }
    }

    private var isReadable: Bool {
        if !isOpen || incoming.isReset { return true }
        guard let first = incoming.pieces.first else { return incoming.hasEnded }
        return !network.isPartitioned && first.arrivesAt <= network.simulation.now
    }

    /// Whether a write does anything, be it to fail.
    private var isWritable: Bool {
        !isOpen || outgoing.isBroken || outgoing.queuedBytes < Pipe.capacityBytes
    }

    private func failure(_ operation: String) -> WeirError {
        WeirError(
            .networkFailed,
            "\(operation) a connection failed",
            reason: isOpen ? "Connection reset by peer" : "The connection is closed"
        )
    }
}
