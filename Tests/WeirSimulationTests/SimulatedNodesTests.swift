import Testing
import WeirCore
import WeirSimulation

@Suite("Simulated nodes and their network")
struct SimulatedNodesTests {
    let first = SimulatedWorld(seed: 51, stepNanoseconds: 0, node: "jm")
    let second: SimulatedWorld
    let third: SimulatedWorld
    var network: SimulatedNetwork { first.loopback }

    init() {
        second = first.makeProcess(node: "tm-1", disk: .own)
        third = first.makeProcess(node: "tm-2", disk: .own)
    }

    /// A connection from one process to another.
    private func pair(
        _ client: SimulatedWorld,
        _ server: SimulatedWorld
    ) throws -> (any Connection, any Connection) {
        let listener = try server.network.listen(host: server.node, port: 0)
        let connection = try client.network.connect(host: server.node, port: listener.port)
        return (connection, try #require(try listener.accept()))
    }

    @Test("a listener belongs to its node and port; localhost is each node's own")
    func places() throws {
        let open = try second.network.listen(host: "0.0.0.0", port: 80)
        let inner = try third.network.listen(host: "localhost", port: 80)
        #expect(code { _ = try second.network.listen(host: "tm-1", port: 80) } == .networkFailed)
        #expect(code { _ = try second.network.listen(host: "tm-2", port: 81) } == .networkFailed)
        let client = try first.network.connect(host: "tm-1", port: 80)
        #expect(client.peerName == "tm-1:80")
        #expect(try open.accept()?.peerName.hasPrefix("jm:") == true)
        #expect(code { _ = try first.network.connect(host: "tm-2", port: 80) } == .networkFailed)
        #expect(code { _ = try first.network.connect(host: "", port: 80) } == .networkFailed)
        #expect(code { _ = try first.network.connect(host: "tm-9", port: 80) } == .networkFailed)
        _ = try third.network.connect(host: "127.0.0.1", port: 80)
        #expect(try inner.accept() != nil)
    }

    @Test("a cut between two nodes holds back bytes and the end, and lets other nodes talk")
    func cut() throws {
        let (client, server) = try pair(first, second)
        let (other, third) = try pair(first, third)
        network.cut(between: "jm", and: "tm-1")
        #expect(try client.write("a") == 1)
        #expect(try other.write("b") == 1)
        client.close()
        first.run(for: 10_000_000)
        #expect(try server.text() == nil)
        #expect(try server.write("not refused yet") > 0)
        #expect(try third.text() == "b")
        #expect(code { _ = try pair(first, second) } == .networkFailed)
        #expect(code { _ = try pair(second, first) } == .networkFailed)
        network.heal(between: "tm-1", and: "jm")
        #expect(try server.text() == "a")
        #expect(try server.text() == "")
        #expect(code { _ = try server.write("x") } == .networkFailed)
        _ = try pair(first, second)
    }

    @Test("a cut in one direction lets the other through, but nobody connect")
    func oneWay() throws {
        let (client, server) = try pair(first, second)
        network.cut(from: "tm-1", to: "jm")
        #expect(try client.write("there") > 0)
        #expect(try server.write("back") > 0)
        first.run(for: 10_000_000)
        #expect(try server.text()?.isEmpty == false)
        #expect(try client.text() == nil)
        #expect(code { _ = try pair(second, first) } == .networkFailed)
        network.healAll()
        #expect(try client.text()?.isEmpty == false)
        _ = try pair(second, first)
    }

    @Test("a reset of one node's connections spares the others, and paths")
    func resetNode() throws {
        let (client, server) = try pair(first, second)
        let (other, third) = try pair(first, third)
        let listener = try second.network.listen(path: "/run/socket")
        let near = try second.makeProcess(node: "tm-1").network.connect(path: "/run/socket")
        #expect(try #require(try listener.accept()).peerName == "/run/socket")
        network.resetAll(ofNode: "tm-1")
        #expect(code { _ = try client.text() } == .networkFailed)
        #expect(code { _ = try server.write("x") } == .networkFailed)
        #expect(try third.write("b") == 1)
        network.isPartitioned = true
        #expect(try near.write("c") == 1)
        network.isPartitioned = false
        first.run(for: 10_000_000)
        #expect(try other.text() == "b")
    }

    @Test("a path is its node's own, is taken once, and has at most 107 bytes")
    func paths() throws {
        let listener = try first.network.listen(path: "/s")
        #expect(listener.port == 0)
        #expect(code { _ = try first.network.listen(path: "/s") } == .networkFailed)
        #expect(code { _ = try second.network.connect(path: "/s") } == .networkFailed)
        #expect(try first.network.connect(path: "/s").peerName == "/s")
        listener.close()
        #expect(code { _ = try first.network.connect(path: "/s") } == .networkFailed)
        let long = "/" + String(repeating: "x", count: 107)
        #expect(code { _ = try first.network.listen(path: long) } == .badValue)
        #expect(code { _ = try first.network.connect(path: long) } == .badValue)
    }

    @Test("who closes with bytes unread resets its peer, behind what it sent")
    func unread() throws {
        let (client, server) = try pair(first, second)
        #expect(try client.write("a") == 1)
        #expect(try server.write("b") == 1)
        server.close()
        first.run(for: 10_000_000)
        #expect(try client.text() == "b")
        #expect(code { _ = try client.text() } == .networkFailed)
    }
}
