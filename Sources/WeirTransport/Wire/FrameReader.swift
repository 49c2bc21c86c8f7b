import WeirCore
import WeirData

/// Cuts the bytes of a connection into frames, whatever the peer sends.
///
/// Memory grows with the bytes that have come, never with a length that was only announced; a frame
/// of more than `mostPayloadBytes` is refused when its header is read. After an error the connection is
/// worthless: nothing tells where the next frame begins. Belongs to one thread.
public struct FrameReader: ~Copyable {
    /// Bytes read from a connection at a time.
    public static let readBytes = 64 << 10

    /// Longest payload; a peer that has not shown who it is gets little.
    public var mostPayloadBytes: Int
    /// Who is at the other end, for messages.
    private let peer: String
    private var buffer: UnsafeMutableRawPointer
    private var capacity: Int
    /// Bytes of frames that were taken.
    private var start = 0
    /// Behind the last byte that has come.
    private var end = 0

    /// A reader without bytes.
    public init(peer: String, mostPayloadBytes: Int) {
        self.peer = peer
        self.mostPayloadBytes = mostPayloadBytes
        capacity = Self.usualBytes(mostPayloadBytes)
        buffer = .allocate(byteCount: capacity, alignment: 16)
    }

    /// Bytes of a buffer that holds no long frame: as little as a stranger may send, if that is less.
    private static func usualBytes(_ mostPayloadBytes: Int) -> Int {
        min(readBytes, max(512, mostPayloadBytes + FrameHeader.byteCount))
    }

    deinit { buffer.deallocate() }

    /// Bytes of memory in use.
    public var memoryBytes: Int { capacity }

    /// Bytes of frames that were not taken yet.
    public var unreadBytes: Int { end - start }

    /// Whether bytes of an unfinished frame are there: at the end of a stream they tell a cut.
    public var hasRest: Bool { unreadBytes > 0 }

    /// Takes in what a connection has; returns false at its end, nil if nothing is there yet.
    ///
    /// - Throws: `networkFailed`.
    public mutating func fill(from connection: any Connection) throws(WeirError) -> Bool? {
        makeRoom()
        let room = UnsafeMutableRawBufferPointer(start: buffer + end, count: capacity - end)
        guard let count = try connection.read(into: room) else { return nil }
        end += count
        return count > 0
    }

    /// Takes in bytes.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while !rest.isEmpty {
            makeRoom()
            let count = min(rest.count, capacity - end)
            UnsafeMutableRawBufferPointer(start: buffer + end, count: count)
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
            end += count
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Gives the next whole frame to `body`, whose payload is valid during the call; returns whether
    /// there was one.
    ///
    /// - Throws: `protocolViolated` for what is no frame or is too long, and what `body` throws.
    public mutating func next(
        _ body: (Frame) throws(WeirError) -> Void
    ) throws(WeirError) -> Bool {
        guard end - start >= FrameHeader.byteCount else { return false }
        let present = UnsafeRawBufferPointer(start: buffer + start, count: end - start)
        guard let header = FrameHeader(present) else {
            throw violation("a header that is none")
        }
        guard header.payloadLength <= mostPayloadBytes else {
            throw violation(
                "a frame of \(header.payloadLength) bytes, more than the \(mostPayloadBytes) allowed"
            )
        }
        let length = FrameHeader.byteCount + header.payloadLength
        guard present.count >= length else { return false }
        let frame = UnsafeRawBufferPointer(rebasing: present[..<length])
        guard FrameHeader.checksum(ofFrame: frame) == header.checksum else {
            throw violation("a frame with a wrong checksum")
        }
        start += length
        try body(
            Frame(
                kind: header.kind,
                stream: header.stream,
                epoch: header.epoch,
                payload: UnsafeRawBufferPointer(rebasing: frame[FrameHeader.byteCount...])
            )
        )
        return true
    }

    /// An error about what the peer sent.
    public func violation(_ what: String) -> WeirError { Self.violation(what, by: peer) }

    /// An error about what a peer sent.
    static func violation(_ what: String, by peer: String) -> WeirError {
        WeirError(
            .protocolViolated,
            "\(peer) sent \(what).",
            fix: "Look whether something else than Weir talks to this port, or another version."
        )
    }

    /// Sees that at least a quarter of the usual buffer can be read.
    // SAFETY: `start...end` lies in the buffer's `capacity` bytes; what is moved is what was read.
    private mutating func makeRoom() {
        let usual = Self.usualBytes(mostPayloadBytes)
        if start == end {
            start = 0
            end = 0
            if capacity != usual { replaceBuffer(usual) }
        }
        guard capacity - end < usual / 4 else { return }
        if start >= capacity / 2 {
            buffer.copyMemory(from: buffer + start, byteCount: end - start)
            end -= start
            start = 0
        } else {
            replaceBuffer(capacity * 2)
        }
    }

    private mutating func replaceBuffer(_ newCapacity: Int) {
        let new = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
        new.copyMemory(from: buffer + start, byteCount: end - start)
        buffer.deallocate()
        buffer = new
        capacity = newCapacity
        end -= start
        start = 0
    }
}

@available(*, unavailable)
extension FrameReader: Sendable {}
