import Testing
import WeirCore
import WeirSimulation

@Suite("The simulated network")
struct SimulatedNetworkTests {
    let world = SimulatedWorld(seed: 21)
    var soon: Int64 { world.clock.monotonicNanoseconds() + 1_000_000_000 }

    private func pair() throws -> (any Connection, any Connection) {
        let listener = try world.network.listen(host: "localhost", port: 0)
        let client = try world.network.connect(host: "localhost", port: listener.port)
        let server = try #require(try listener.accept())
        #expect(try listener.accept() == nil)
        return (client, server)
    }

    @Test("bytes arrive in order, in pieces, after a while, and then the end")
    func transfer() throws {
        let (client, server) = try pair()
        let sent = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 5) }
        var received: [UInt8] = []
        var written = 0
        var pieces = 0
        var buffer = [UInt8](repeating: 0, count: 20_000)
        while received.count < sent.count {
            if written < sent.count {
                written += try sent.withUnsafeBytes {
                    try client.write(UnsafeRawBufferPointer(rebasing: $0[written...]))
                }
            }
            #expect(try received.isEmpty ? read(server, &buffer) == nil : true)
            server.waitReadable(until: soon)
            while let count = try read(server, &buffer) {
                received += buffer.prefix(count)
                pieces += 1
            }
        }
        #expect(received == sent)
        #expect(pieces > 10)
        client.close()
        server.waitReadable(until: soon)
        #expect(try read(server, &buffer) == 0)
        #expect(code { _ = try server.write("x") } == .networkFailed)
        #expect(code { _ = try client.write("x") } == .networkFailed)
    }

    @Test("a partition holds bytes back; a reset loses them")
    func faults() throws {
        let (client, server) = try pair()
        var buffer = [UInt8](repeating: 0, count: 10)
        #expect(try client.write("a") == 1)
        world.loopback.isPartitioned = true
        let deadline = soon
        server.waitReadable(until: deadline)
        #expect(world.clock.monotonicNanoseconds() == deadline)
        #expect(try read(server, &buffer) == nil)
        #expect(code { _ = try world.network.connect(host: "", port: 1) } == .networkFailed)
        world.loopback.isPartitioned = false
        #expect(try read(server, &buffer) == 1)
        world.loopback.resetAll()
        #expect(code { _ = try read(server, &buffer) } == .networkFailed)
        #expect(code { _ = try client.write("x") } == .networkFailed)
    }

    @Test("a peer that does not read stops the writer")
    func backpressure() throws {
        let (client, _) = try pair()
        let block = [UInt8](repeating: 0, count: 100_000)
        var last = 1
        while last > 0 { last = try block.withUnsafeBytes { try client.write($0) } }
    }

    @Test("ports are taken once, and nobody answers on others")
    func ports() throws {
        let listener = try world.network.listen(host: "", port: 80)
        #expect(code { _ = try world.network.listen(host: "", port: 80) } == .networkFailed)
        listener.close()
        #expect(code { _ = try world.network.connect(host: "", port: 80) } == .networkFailed)
        #expect(try world.network.listen(host: "", port: 80).port == 80)
    }

    private func read(_ connection: any Connection, _ buffer: inout [UInt8]) throws -> Int? {
        try buffer.withUnsafeMutableBytes { try connection.read(into: $0) }
    }
}
