import Testing
import WeirCore
import WeirSystem

@Suite("The real network")
struct RealNetworkTests {
    let world = RealWorld()
    var soon: Int64 { world.clock.monotonicNanoseconds() + 10_000_000_000 }

    @Test("bytes arrive in order, and the end of the stream is seen")
    func transfer() throws {
        let (client, server) = try world.pair()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        #expect(try buffer.withUnsafeMutableBytes { try server.read(into: $0) } == nil)

        let sent = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        var received: [UInt8] = []
        var written = 0
        while received.count < sent.count {
            if written < sent.count {
                written += try sent.withUnsafeBytes {
                    try client.write(UnsafeRawBufferPointer(rebasing: $0[written...]))
                }
            }
            server.waitReadable(until: soon)
            if let count = try buffer.withUnsafeMutableBytes({ try server.read(into: $0) }) {
                received += buffer.prefix(count)
            }
        }
        #expect(received == sent)
        client.close()
        client.close()
        server.waitReadable(until: soon)
        #expect(try buffer.withUnsafeMutableBytes { try server.read(into: $0) } == 0)
    }

    @Test("a full peer takes nothing more instead of blocking")
    func backpressure() throws {
        let (client, server) = try world.pair()
        let block = [UInt8](repeating: 1, count: 1 << 20)
        var last = 1
        for _ in 0..<1000 where last > 0 {
            last = try block.withUnsafeBytes { try client.write($0) }
        }
        #expect(last == 0)
        server.close()
    }

    @Test("nobody listening, a bad name and a bad port are network errors")
    func failures() throws {
        let listener = try world.network.listen(host: "127.0.0.1", port: 0)
        let port = listener.port
        #expect(
            code { _ = try world.network.listen(host: "127.0.0.1", port: port) } == .networkFailed
        )
        listener.close()
        #expect(
            code { _ = try world.network.connect(host: "127.0.0.1", port: port) } == .networkFailed
        )
        #expect(code { _ = try world.network.connect(host: "", port: -1) } == .networkFailed)
    }

    @Test("a write to a closed peer is an error, not the end of the process")
    func closedPeer() throws {
        let (client, server) = try world.pair()
        server.close()
        let seen = code {
            while true { _ = try [UInt8(1)].withUnsafeBytes { try client.write($0) } }
        }
        #expect(seen == .networkFailed)
    }
}
