import Testing
import WeirCore
import WeirData
import WeirSystem
import WeirTransport

@Suite("A connection with frames")
struct FramedConnectionTests {
    private let world = RealWorld()

    /// Both ends of a connection.
    private func pair() throws -> (FramedConnection, FramedConnection) {
        let listener = try world.network.listen(host: "127.0.0.1", port: 0)
        let client = try world.network.connect(host: "127.0.0.1", port: listener.port)
        var server: (any Connection)?
        while server == nil { server = try listener.accept() }
        listener.close()
        let accepted = try #require(server)
        return (
            FramedConnection(client, peer: "the server", mostPayloadBytes: 1 << 20),
            FramedConnection(accepted, peer: "the client", mostPayloadBytes: 1 << 20)
        )
    }

    @Test("keeps its memory bounded on a connection that is never quite empty")
    func neverEmpty() throws {
        let connection = ReluctantConnection()
        let framed = FramedConnection(connection, peer: "a peer", mostPayloadBytes: 1000)
        let payload = [UInt8](repeating: 1, count: 10_000)
        for _ in 0..<5000 {
            framed.send(kind: 1, epoch: 1) { $0.append(bytes: payload) }
            try framed.flush()
        }
        #expect(framed.unsentBytes == 1)
        #expect(framed.sendMemoryBytes <= 1 << 20)
        #expect(connection.count == 5000 * 10_024 - 1)
    }

    @Test("sends no frame that its peer would refuse, and the next one as it is")
    func longFrames() throws {
        let (client, server) = try pair()
        let isSent = client.send(kind: 1, epoch: 1, mostBytes: 1000) { $0.append(zeros: 1001) }
        #expect(!isSent)
        #expect(client.unsentBytes == 0)
        #expect(client.send(kind: 2, epoch: 1, mostBytes: 1000) { $0.append(zeros: 1000) })
        try client.flush()
        var kinds: [UInt8] = []
        while kinds.isEmpty { _ = try server.receive { kinds.append($0.kind) } }
        #expect(kinds == [2])
    }

    @Test("lets whoever looks at a frame refuse it")
    func refusal() throws {
        let (client, server) = try pair()
        client.send(kind: 7, epoch: 1) { $0.append(string: "hello") }
        try client.flush()
        var message = ""
        while message.isEmpty {
            do throws(WeirError) {
                _ = try server.receive { frame throws(WeirError) in
                    throw server.violation("a frame of kind \(frame.kind)")
                }
            } catch {
                message = error.message
            }
        }
        #expect(message.hasPrefix("the client sent a frame of kind 7"))
    }

    @Test("keeps what the peer does not take yet, and gives it in order later")
    func backpressure() throws {
        let (client, server) = try pair()
        let payload = [UInt8](repeating: 3, count: 100_000)
        var sent = 0
        while client.unsentBytes == 0 {
            client.send(kind: 1, stream: UInt32(sent), epoch: 9) { $0.append(bytes: payload) }
            sent += 1
            try client.flush()
        }
        var received: [UInt32] = []
        while received.count < sent {
            _ = try server.receive { frame throws(WeirError) in
                received.append(frame.stream)
                if frame.payload.count != payload.count || frame.epoch != 9 {
                    throw server.violation("another frame")
                }
            }
            try client.flush()
        }
        #expect(received == (0..<UInt32(sent)).map { $0 })
        client.close()
        var hasEnded = false
        while !hasEnded {
            if case .end = try server.receive({ _ in }) { hasEnded = true }
        }
    }
}

/// A connection whose peer always leaves one byte.
// SAFETY: one thread uses it.
private final class ReluctantConnection: Connection, @unchecked Sendable {
    var count = 0
    let peerName = "nobody"

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(WeirError) -> Int? { nil }

    func write(_ bytes: UnsafeRawBufferPointer) throws(WeirError) -> Int {
        count += bytes.count - 1
        return bytes.count - 1
    }

    func waitReadable(until deadline: Int64) {}

    func close() {}
}
