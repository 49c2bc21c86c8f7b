import Testing
import WeirCore
import WeirSimulation

@Suite("Simulated pollers")
struct SimulatedPollerTests {
    let world = SimulatedWorld(seed: 31, stepNanoseconds: 0)
    var now: Int64 { world.clock.monotonicNanoseconds() }

    @Test("time jumps to the arrival of bytes, and they are told until they are read")
    func readable() throws {
        let (client, server) = try world.pair()
        let poller = try world.threads.makePoller()
        try poller.watch(server, token: 7, forWriting: false)
        #expect(try client.write("a") == 1)
        let sent = now
        poller.park(until: sent)
        #expect(poller.takeReady() == [])
        poller.park(until: nil)
        #expect((sent + 1...sent + 1_000_000).contains(now))
        #expect(poller.takeReady() == [7])
        #expect(poller.takeReady() == [])
        poller.park(until: nil)
        #expect(poller.takeReady() == [7])
        #expect(try server.text() == "a")
        let deadline = now + 5
        poller.park(until: deadline)
        #expect(now == deadline)
        #expect(poller.takeReady() == [])
    }

    @Test("a thread parked on a poller is stepped when something is ready, and not before")
    func thread() throws {
        let (client, server) = try world.pair()
        let poller = try world.threads.makePoller()
        let log = Log()
        _ = world.threads.run(name: "echo", parker: poller) { Echo(server, poller, log) }
        world.run(for: 10_000_000)
        #expect(log.lines == ["ready []"])
        #expect(try client.write("x") == 1)
        world.run(for: 10_000_000)
        #expect(log.lines == ["ready []", "ready [1]", "read x"])
        #expect(try client.text() == "x")
        poller.wake()
        world.run(for: 10_000_000)
        #expect(log.lines.count == 4)
        client.close()
        #expect(world.runUntilFinished(limit: 10_000_000))
        #expect(log.lines.suffix(2) == ["ready [1]", "read "])
    }

    @Test("a full connection is told when its peer has read, a broken one at once")
    func writable() throws {
        let (client, server) = try world.pair()
        let poller = try world.threads.makePoller()
        try poller.watch(client, token: 4, forWriting: true)
        while try client.write(String(repeating: "x", count: 9999)) > 0 {}
        poller.park(until: now)
        #expect(poller.takeReady() == [])
        world.advance(by: 1_000_000)
        #expect(try server.text() != nil)
        poller.park(until: nil)
        #expect(poller.takeReady() == [4])
        try poller.watch(client, token: 5, forWriting: false)
        poller.park(until: now)
        #expect(poller.takeReady() == [])
        world.loopback.resetAll()
        poller.park(until: nil)
        #expect(poller.takeReady() == [5])
    }

    @Test("a listener is ready while a connection waits; what is forgotten is not told")
    func listenerAndForget() throws {
        let listener = try world.network.listen(host: "", port: 0)
        let poller = try world.threads.makePoller()
        try poller.watch(listener, token: 9)
        let client = try world.network.connect(host: "", port: listener.port)
        poller.park(until: nil)
        #expect(poller.takeReady() == [9])
        let server = try #require(try listener.accept())
        poller.park(until: now)
        #expect(poller.takeReady() == [])
        poller.forget(listener)
        try poller.watch(server, token: 1, forWriting: false)
        client.close()
        poller.park(until: nil)
        poller.forget(server)
        #expect(poller.takeReady() == [])
        poller.park(until: now)
        #expect(poller.takeReady() == [])
    }

    @Test("a wake before the park makes it return, and a partition holds bytes back")
    func wakeAndPartition() throws {
        let (client, server) = try world.pair()
        let poller = try world.threads.makePoller()
        try poller.watch(server, token: 1, forWriting: false)
        poller.wake()
        poller.park(until: nil)
        #expect(try client.write("a") == 1)
        world.loopback.isPartitioned = true
        poller.park(until: now + 50_000_000)
        #expect(poller.takeReady() == [])
        world.loopback.isPartitioned = false
        poller.park(until: nil)
        #expect(poller.takeReady() == [1])
    }
}

/// Sends back what it reads, and says what it was told.
private final class Echo: Steppable {
    private let connection: any Connection
    private let poller: any Poller
    private let log: Log
    private var isWatching = false

    init(_ connection: any Connection, _ poller: any Poller, _ log: Log) {
        self.connection = connection
        self.poller = poller
        self.log = log
    }

    func step() -> StepOutcome {
        do {
            if !isWatching { try poller.watch(connection, token: 1, forWriting: false) }
            isWatching = true
            let ready = poller.takeReady()
            log.add("ready \(ready)")
            guard !ready.isEmpty, let text = try connection.text() else { return .park(until: nil) }
            log.add("read \(text)")
            if text.isEmpty { return .finished }
            _ = try connection.write(text)
            return .park(until: nil)
        } catch {
            Issue.record(error)
            return .finished
        }
    }
}
