import Testing
import WeirCore
import WeirSimulation

/// Doubles what goes one way.
private final class Doubler: NetworkTap {
    private(set) var links: [TappedLink] = []

    func carry(_ bytes: [UInt8], over link: TappedLink) -> [UInt8] {
        links.append(link)
        return link.source == "jm" ? bytes + bytes : bytes
    }
}

@Suite("Taps and delays of simulated links")
struct SimulatedTapTests {
    let first = SimulatedWorld(seed: 52, stepNanoseconds: 0, node: "jm")
    let second: SimulatedWorld
    var network: SimulatedNetwork { first.loopback }

    init() { second = first.makeProcess(node: "tm-1", disk: .own) }

    private func pair() throws -> (any Connection, any Connection) {
        let listener = try second.network.listen(host: "tm-1", port: 90)
        let connection = try first.network.connect(host: "tm-1", port: 90)
        let accepted = try #require(try listener.accept())
        listener.close()
        return (connection, accepted)
    }

    @Test("a tap changes what arrives, and knows whose it is")
    func tap() throws {
        let doubler = Doubler()
        network.taps = [doubler]
        let (client, server) = try pair()
        #expect(try client.write("a") == 1)
        #expect(try server.write("b") == 1)
        first.run(for: 1_000_000)
        #expect(try server.text() == "aa")
        #expect(try client.text() == "b")
        let expected = [("jm", "tm-1"), ("tm-1", "jm")]
        #expect(doubler.links.map(\.source) == expected.map(\.0))
        #expect(doubler.links.map(\.target) == expected.map(\.1))
        #expect(doubler.links.allSatisfy { $0.port == 90 && $0.connection == 1 })
    }

    @Test("no tap is on a node's own paths")
    func local() throws {
        let doubler = Doubler()
        network.taps = [doubler]
        let listener = try first.network.listen(path: "/tm.sock")
        let client = try first.network.connect(path: "/tm.sock")
        let server = try #require(try listener.accept())
        #expect(try client.write("a") == 1)
        first.run(for: 1_000_000)
        #expect(try server.text() == "a")
        #expect(doubler.links.isEmpty)
    }

    @Test("a slow link takes longer one way, and the bytes of a connection keep their order")
    func delay() throws {
        network.delay(from: "jm", to: "tm-1", by: 50_000_000)
        let (client, server) = try pair()
        var longest: Int64 = 0
        for round in 0..<20 {
            let start = first.clock.monotonicNanoseconds()
            let text = round.isMultiple(of: 2) ? "a" : "b"
            #expect(try client.write(text) == 1)
            var arrived: String?
            _ = first.run(limit: 100_000_000) {
                arrived = try? server.text()
                return arrived != nil
            }
            #expect(arrived == text)
            longest = max(longest, first.clock.monotonicNanoseconds() - start)
        }
        #expect(longest > 5_000_000)
        network.removeDelays()
        #expect(try client.write("c") == 1)
        let isFast = first.run(limit: 1_000_000) { (try? server.text()) != nil }
        #expect(isFast)
    }

    @Test("what I/O threads do waits longer on a slow disk")
    func slowDisk() {
        func time() -> Int64 {
            let start = first.clock.monotonicNanoseconds()
            first.threads.background {}
            first.runUntilIdle()
            return first.clock.monotonicNanoseconds() - start
        }
        first.backgroundDelay = 1_000_000_000
        #expect((0..<10).map { _ in time() }.max() ?? 0 > 100_000_000)
        first.backgroundDelay = 0
        #expect((0..<10).map { _ in time() }.max() ?? 0 < 10_000_000)
    }

    @Test("a look at the disk from outside is no operation of it")
    func peek() throws {
        try first.files.makeDirectory("/d")
        try first.files.replaceAll("/d/a", with: [1, 2, 3])
        let count = first.disk.operationCount
        let hash = first.traceHash
        #expect(first.disk.peek("/d/a") == [1, 2, 3])
        #expect(first.disk.peek("/d/b") == nil)
        #expect(first.disk.peek("/d") == nil)
        #expect(first.disk.peekNames("/d") == ["a"])
        #expect(first.disk.peekNames("/e") == [])
        #expect(first.disk.usedBytes == 3)
        #expect(first.disk.operationCount == count)
        #expect(first.traceHash == hash)
    }

    @Test("each effect is told as text")
    func effects() throws {
        var lines: [String] = []
        first.onEffect = { lines.append($0) }
        _ = try first.files.status("/nothing")
        _ = first.random.next()
        #expect(lines.count == 2)
        #expect(lines[0].hasSuffix("file look /nothing"))
        first.onEffect = nil
        _ = first.random.next()
        #expect(lines.count == 2)
    }
}
