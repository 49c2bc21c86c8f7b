import WeirCore
import WeirData

/// A connection that carries frames both ways, without waiting.
///
/// Belongs to one thread. What the peer does not take yet stays here: who sends looks at `unsentBytes`
/// before it goes on. What comes is cut into frames in bounded memory (`FrameReader`).
public final class FramedConnection {
    /// What came of receiving.
    public enum Received: Sendable {
        /// All that was there was taken.
        case everything
        /// There may be more: others have their turn first.
        case part
        /// The peer has closed the connection, after a whole frame.
        case end
    }

    /// Bytes taken in by one call of `receive`, about.
    static let turnBytes = 1 << 20
    /// A buffer that grew beyond is given back when it is empty.
    static let keptBytes = 1 << 20

    /// Who is at the other end, for messages.
    public let peer: String
    private let connection: any Connection
    private var reader: FrameReader
    private var outgoing = ByteWriter()
    /// Bytes of `outgoing` that the peer has taken.
    private var sent = 0
    private var watch: (poller: any Poller, token: Int, forWriting: Bool)?

    /// Takes a connection over; frames of up to `mostPayloadBytes` are taken in.
    public init(_ connection: any Connection, peer: String, mostPayloadBytes: Int) {
        self.connection = connection
        self.peer = peer
        reader = FrameReader(peer: peer, mostPayloadBytes: mostPayloadBytes)
    }

    /// Longest payload that is taken in; a peer that has not shown who it is gets little.
    public var mostPayloadBytes: Int {
        get { reader.mostPayloadBytes }
        set { reader.mostPayloadBytes = newValue }
    }

    /// Has a thread woken by what happens on the connection, until it is closed.
    public func watch(_ poller: any Poller, token: Int) throws(WeirError) {
        try poller.watch(connection, token: token, forWriting: unsentBytes > 0)
        watch = (poller, token, unsentBytes > 0)
    }

    // MARK: Sending

    /// Bytes of memory for what is to be sent.
    public var sendMemoryBytes: Int { outgoing.capacity }

    /// Bytes that the peer has not taken.
    public var unsentBytes: Int { outgoing.count - sent }

    /// Appends a frame, unless its payload is longer than `mostBytes`, which the peer would refuse;
    /// `flush` sends it.
    ///
    /// - Returns: Whether it was appended.
    @discardableResult
    public func send(
        kind: UInt8,
        stream: UInt32 = 0,
        epoch: UInt64,
        mostBytes: Int = .max,
        _ body: (inout ByteWriter) -> Void
    ) -> Bool {
        let before = outgoing.count
        outgoing.appendFrame(kind: kind, stream: stream, epoch: epoch, body)
        guard outgoing.count - before - FrameHeader.byteCount > mostBytes else { return true }
        outgoing.truncate(to: before)
        return false
    }

    /// Appends frames that `body` writes.
    public func append(_ body: (inout ByteWriter) -> Void) { body(&outgoing) }

    /// Sends what the peer takes now.
    ///
    /// - Throws: `networkFailed`.
    public func flush() throws(WeirError) {
        while unsentBytes > 0 {
            let rest = UnsafeRawBufferPointer(rebasing: outgoing.bytes[sent...])
            let count = try connection.write(rest)
            sent += count
            if count == 0 { break }
        }
        if unsentBytes == 0 {
            sent = 0
            if outgoing.capacity > Self.keptBytes {
                outgoing = ByteWriter()
            } else {
                outgoing.removeAll()
            }
        } else if sent >= Self.turnBytes / 16, sent >= unsentBytes {
            // A peer that always leaves some bytes must not let the others pile up.
            outgoing.removeFirst(sent)
            sent = 0
        }
        try watchForWriting(unsentBytes > 0)
    }

    private func watchForWriting(_ isWanted: Bool) throws(WeirError) {
        guard let watch, watch.forWriting != isWanted else { return }
        self.watch?.forWriting = isWanted
        try watch.poller.watch(connection, token: watch.token, forWriting: isWanted)
    }

    // MARK: Receiving

    /// Takes in what is there, and gives each whole frame to `body`.
    ///
    /// - Throws: `networkFailed`, `protocolViolated`, and what `body` throws; the connection is worthless
    ///   afterwards.
    public func receive(_ body: (Frame) throws(WeirError) -> Void) throws(WeirError) -> Received {
        var taken = 0
        while taken < Self.turnBytes {
            let before = reader.unreadBytes
            guard let isOpen = try reader.fill(from: connection) else { return .everything }
            guard isOpen else {
                if reader.hasRest { throw reader.violation("the beginning of a frame only") }
                return .end
            }
            taken += reader.unreadBytes - before
            while try reader.next(body) {}
        }
        return .part
    }

    /// An error about what the peer sent; also while a frame is looked at.
    public func violation(_ what: String) -> WeirError { FrameReader.violation(what, by: peer) }

    /// Closes it.
    public func close() {
        watch?.poller.forget(connection)
        watch = nil
        connection.close()
    }
}

@available(*, unavailable)
extension FramedConnection: Sendable {}
