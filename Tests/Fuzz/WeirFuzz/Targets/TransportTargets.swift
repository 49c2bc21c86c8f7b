import WeirCore
import WeirData
import WeirTransport

/// Frames, the elements in them, and what two workers say to one another before.
enum TransportTargets {
    static let all = [frames, element, hello]

    /// The monotonic time at which elements come.
    private static let now: Int64 = 1_000_000_000_000

    // MARK: Frames

    private static let mostPayloadBytes = 4096

    /// A stream of frames that comes in pieces.
    private static let frames = Target(name: "frames") { chance in
        let inputs = (0..<3).map { _ in stream(&chance) }
        let piece = 1 + chance.length(200)
        return Sample(inputs, seal: sealFrames) { bytes throws(WeirError) in
            var reader = FrameReader(peer: "the fuzzer", mostPayloadBytes: mostPayloadBytes)
            var taken = ByteWriter()
            var position = 0
            while position < bytes.count {
                let end = min(bytes.count, position + piece)
                reader.append(UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
                position = end
                while try reader.next({ frame in copy(frame, into: &taken) }) {}
            }
            // What was taken, and what waits for its end, is what came.
            let rest = UnsafeRawBufferPointer(rebasing: bytes[taken.count...])
            let isSame = bytes[..<taken.count].elementsEqual(taken.bytes)
            let isWhole = rest.count == reader.unreadBytes
            return isSame && isWhole ? nil : "the frames are not the bytes that came"
        }
    }

    private static func stream(_ chance: inout Chance) -> [UInt8] {
        DataTargets.encode { writer in
            for _ in 0..<chance.below(5) {
                let payload = chance.bytes(chance.flag() ? 20 : 1000)
                writer.appendFrame(
                    kind: chance.byte(),
                    stream: UInt32(truncatingIfNeeded: chance.number()),
                    epoch: chance.unsigned()
                ) { $0.append(bytes: payload) }
            }
        }
    }

    private static func copy(_ frame: Frame, into writer: inout ByteWriter) {
        writer.appendFrame(kind: frame.kind, stream: frame.stream, epoch: frame.epoch) {
            $0.append(bytes: frame.payload)
        }
    }

    /// Gives each frame its checksum, and the last one the length of what is left.
    static func sealFrames(_ bytes: [UInt8]) -> [UInt8] {
        let headerBytes = 24
        var sealed: [UInt8] = []
        var rest = bytes[...]
        while rest.count >= headerBytes {
            func load(_ offset: Int, _ count: Int) -> UInt64 {
                (0..<count).reduce(0) {
                    $0 | UInt64(rest[rest.startIndex + offset + $1]) << UInt64(8 * $1)
                }
            }
            let told = Int(load(0, 4))
            let length = min(told, rest.count - headerBytes)
            let payload = Array(rest.dropFirst(headerBytes).prefix(length))
            sealed += DataTargets.encode { writer in
                writer.appendFrame(
                    kind: UInt8(load(4, 1)),
                    stream: UInt32(load(8, 4)),
                    epoch: load(12, 8)
                ) { $0.append(bytes: payload) }
            }
            rest = rest.dropFirst(headerBytes + length)
        }
        return sealed + rest
    }

    // MARK: Elements

    /// The kind, and the payload of its frame.
    private static let element = Target(name: "element") { chance in
        let schema = chance.schema(most: 3)
        let inputs = (0..<3).map { _ in bytes(of: someElement(&chance, schema)) }
        return Sample(inputs) { bytes throws(WeirError) in
            let element = try decode(UnsafeRawBufferPointer(bytes), schema)
            if case .barrier(let barrier) = element, ages(barrier.triggeredAt) == nil {
                return "its age cannot be reckoned with"
            }
            if case .latencyMarker(let marker) = element, ages(marker.stampedAt) == nil {
                return "its age cannot be reckoned with"
            }
            return roundTrip(element, encode: TransportTargets.bytes(of:)) {
                bytes throws(WeirError) in
                try bytes.withReader { reader throws(WeirError) in try decode(reader.bytes, schema)
                }
            }
        }
    }

    /// What has passed since a moment; nil if that is no number.
    private static func ages(_ moment: Int64) -> Int64? {
        let (age, overflows) = now.subtractingReportingOverflow(moment)
        return overflows ? nil : age
    }

    private static func someElement(_ chance: inout Chance, _ schema: Schema) -> StreamElement {
        let age = Int64(chance.below(1 << 50)) - 1000
        switch chance.below(6) {
        case 0: return .batch(chance.batch(schema, rows: chance.length(10)))
        case 1: return .watermark(Watermark(chance.number()))
        case 2: return .status(chance.choose([.active, .idle, .finished]))
        case 3:
            return .barrier(
                CheckpointBarrier(
                    checkpoint: CheckpointID(chance.unsigned()),
                    attempt: Attempt(7),
                    purpose: chance.choose([.checkpoint, .final]),
                    isUnaligned: chance.flag(),
                    triggeredAt: now - age
                )
            )
        case 4:
            let source = UInt32(truncatingIfNeeded: chance.number())
            return .latencyMarker(LatencyMarker(stampedAt: now - age, source: source))
        default: return .endOfInput
        }
    }

    /// The kind and the payload of an element's frame.
    private static func bytes(of element: StreamElement) -> [UInt8] {
        let frame = DataTargets.encode {
            ElementCodec.encode(element, stream: 1, attempt: Attempt(7), now: now, into: &$0)
        }
        return [frame[4]] + frame[24...]
    }

    private static func decode(
        _ bytes: UnsafeRawBufferPointer,
        _ schema: Schema
    ) throws(WeirError) -> StreamElement {
        guard let first = bytes.first, let kind = ElementCodec.Kind(rawValue: first) else {
            throw WeirError(.protocolViolated, "A frame that is no element.")
        }
        return try ElementCodec.decode(
            kind,
            UnsafeRawBufferPointer(rebasing: bytes[1...]),
            schema: schema,
            attempt: Attempt(7),
            now: now
        )
    }

    // MARK: Handshake

    /// What a stranger sends to the port of a data plane.
    private static let hello = Target(name: "hello") { chance in
        let inputs = (0..<3).map { _ in
            let hello = DataHandshake.Hello(
                job: JobID(number: chance.unsigned()),
                attempt: Attempt(chance.unsigned()),
                sender: chance.number(below: 1 << 32),
                receiver: chance.number(below: 1 << 32),
                token: chance.bytes(64)
            )
            return bytes(of: hello)
        }
        return Sample(inputs, seal: sealFrames) { bytes throws(WeirError) in
            guard let hello = try decodeHello(UnsafeRawBufferPointer(bytes)) else {
                throw WeirError(.protocolViolated, "No whole frame.")
            }
            return roundTrip(hello, encode: TransportTargets.bytes(of:)) {
                bytes throws(WeirError) in
                try bytes.withReader { reader throws(WeirError) in
                    guard let again = try decodeHello(reader.bytes) else {
                        throw reader.corrupt("no whole frame")
                    }
                    return again
                }
            }
        }
    }

    private static func bytes(of hello: DataHandshake.Hello) -> [UInt8] {
        let sink = ByteSink()
        let connection = FramedConnection(sink, peer: "a worker", mostPayloadBytes: 1024)
        hello.send(on: connection)
        try? connection.flush()
        return sink.bytes
    }

    private static func decodeHello(
        _ bytes: UnsafeRawBufferPointer
    ) throws(WeirError) -> DataHandshake.Hello? {
        let connection = FramedConnection(ByteSink(), peer: "a stranger", mostPayloadBytes: 1024)
        var reader = FrameReader(peer: "a stranger", mostPayloadBytes: 1024)
        reader.append(bytes)
        var hello: DataHandshake.Hello?
        _ = try reader.next { frame throws(WeirError) in
            hello = try DataHandshake.Hello(frame, from: connection)
        }
        return hello
    }
}

/// A connection that keeps what is written.
// SAFETY: one thread uses it.
private final class ByteSink: Connection, @unchecked Sendable {
    var bytes: [UInt8] = []
    let peerName = "nobody"

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(WeirError) -> Int? { nil }

    func write(_ new: UnsafeRawBufferPointer) throws(WeirError) -> Int {
        bytes += new
        return new.count
    }

    func waitReadable(until deadline: Int64) {}

    func close() {}
}
