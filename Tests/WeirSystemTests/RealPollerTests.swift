import Synchronization
import Testing
import WeirCore
import WeirSystem

@Suite("Real pollers")
struct RealPollerTests {
    let world = RealWorld()
    var passed: Int64 { world.clock.monotonicNanoseconds() }

    @Test("a connection that can be read ends the park, again and again until it is read")
    func readable() throws {
        let (client, server) = try world.pair()
        let poller = try world.threads.makePoller()
        try poller.watch(server, token: 7, forWriting: false)
        poller.park(until: passed)
        #expect(poller.takeReady() == [])
        #expect(try client.write("ab") == 2)
        poller.park(until: nil)
        #expect(poller.takeReady() == [7])
        #expect(poller.takeReady() == [])
        poller.park(until: nil)
        #expect(poller.takeReady() == [7])
        #expect(try server.text() == "ab")
        poller.park(until: passed)
        #expect(poller.takeReady() == [])
    }

    @Test("a park whose deadline has passed, or that was woken before, still tells what is ready")
    func collectsWithoutSleeping() throws {
        let (client, server) = try world.pair()
        let poller = try world.threads.makePoller()
        try poller.watch(server, token: 1, forWriting: false)
        #expect(try client.write("a") == 1)
        server.waitReadable(until: .max)
        poller.park(until: .min)
        #expect(poller.takeReady() == [1])
        poller.wake()
        poller.park(until: nil)
        #expect(poller.takeReady() == [1])
    }

    @Test("a wake before the park makes it return; a deadline ends it, to the nanosecond")
    func parker() throws {
        let poller = try world.threads.makePoller()
        poller.wake()
        poller.wake()
        poller.park(until: nil)
        let before = world.clock.monotonicNanoseconds()
        poller.park(until: before + 2_000_001)
        #expect(world.clock.monotonicNanoseconds() >= before + 2_000_001)
        #expect(poller.takeReady() == [])
    }

    @Test("the end of a closed peer counts as readable, behind what it sent")
    func closedPeer() throws {
        let (client, server) = try world.pair()
        let poller = try world.threads.makePoller()
        try poller.watch(server, token: 3, forWriting: false)
        #expect(try client.write("last") == 4)
        client.close()
        poller.park(until: nil)
        #expect(poller.takeReady() == [3])
        #expect(try server.text() == "last")
        poller.park(until: nil)
        #expect(poller.takeReady() == [3])
        #expect(try server.text() == "")
    }

    @Test("a peer that never reads lets a writer sleep, and wakes it once it reads")
    func writable() throws {
        let (client, server) = try world.pair()
        let poller = try world.threads.makePoller()
        try poller.watch(client, token: 4, forWriting: true)
        poller.park(until: nil)
        #expect(poller.takeReady() == [4])
        try fill(client, poller)
        let drained = world.threads.run(name: "reader", parker: world.threads.makeParker()) {
            Drain(server)
        }
        poller.park(until: nil)
        #expect(poller.takeReady() == [4])
        #expect(try client.write("more") > 0)
        try poller.watch(client, token: 5, forWriting: false)
        poller.park(until: passed)
        #expect(poller.takeReady() == [])
        client.close()
        drained.join()
    }

    @Test("a peer that breaks while nothing can be written to it wakes the writer")
    func brokenPeer() throws {
        let (client, server) = try world.pair()
        let poller = try world.threads.makePoller()
        try poller.watch(client, token: 4, forWriting: true)
        try fill(client, poller)
        server.close()
        poller.park(until: nil)
        #expect(poller.takeReady() == [4])
        #expect(code { _ = try client.write("more") } == .networkFailed)
    }

    @Test("a listener is ready while a connection waits for it")
    func listener() throws {
        let listener = try world.network.listen(host: "127.0.0.1", port: 0)
        let poller = try world.threads.makePoller()
        try poller.watch(listener, token: 9)
        let client = try world.network.connect(host: "127.0.0.1", port: listener.port)
        poller.park(until: nil)
        #expect(poller.takeReady() == [9])
        #expect(try listener.accept() != nil)
        poller.park(until: passed)
        #expect(poller.takeReady() == [])
        poller.forget(listener)
        client.close()
    }

    @Test("what is forgotten is not told, also if it was ready already")
    func forget() throws {
        let (client, server) = try world.pair()
        let poller = try world.threads.makePoller()
        try poller.watch(server, token: 1, forWriting: false)
        #expect(try client.write("a") == 1)
        poller.park(until: nil)
        poller.forget(server)
        poller.forget(server)
        #expect(poller.takeReady() == [])
        poller.park(until: passed)
        #expect(poller.takeReady() == [])
        try poller.watch(server, token: 2, forWriting: false)
        poller.park(until: nil)
        #expect(poller.takeReady() == [2])
        server.close()
        poller.forget(server)
    }

    @Test("a token that two connections share is told once")
    func sharedToken() throws {
        let pairs = try (0..<2).map { _ in try world.pair() }
        let poller = try world.threads.makePoller()
        for (client, server) in pairs {
            try poller.watch(server, token: 1, forWriting: false)
            #expect(try client.write("a") == 1)
            server.waitReadable(until: .max)
        }
        // A connection that nobody holds closes, and is forgotten.
        withExtendedLifetime(pairs) { poller.park(until: nil) }
        #expect(poller.takeReady() == [1])
    }

    @Test("of 300 connections that are ready, 256 are told by a park, and all by two")
    func manyConnections() throws {
        let pairs = try (0..<300).map { _ in try world.pair() }
        let poller = try world.threads.makePoller()
        for (index, (client, server)) in pairs.enumerated() {
            try poller.watch(server, token: index, forWriting: false)
            #expect(try client.write("a") == 1)
            server.waitReadable(until: .max)
        }
        poller.park(until: nil)
        let first = poller.takeReady()
        poller.park(until: nil)
        let second = poller.takeReady()
        #expect(first.count == 256)
        #expect(Set(first + second) == Set(0..<300))
        for (client, server) in pairs {
            #expect(try server.text() == "a")
            poller.forget(server)
            client.close()
        }
        poller.park(until: passed)
        #expect(poller.takeReady() == [])
    }

    @Test("no wake-up is lost in 50 000 turns between two threads, and no byte in every fifth")
    func pingPong() throws {
        let (left, right) = try world.pair()
        let table = Table([left, right], try [0, 1].map { _ in try world.threads.makePoller() })
        let threads = [0, 1].map { seat in
            world.threads.run(name: "seat-\(seat)", parker: table.pollers[seat]) {
                Player(table, seat: seat)
            }
        }
        for thread in threads { thread.join() }
        #expect(table.turn.load(ordering: .relaxed) == Table.turns)
    }

    @Test("no wake-up is lost that comes just when the thread falls asleep")
    func fallingAsleep() throws {
        let seed = world.random.next()
        let bell = Bell(try world.threads.makePoller(), world.threads.makeParker())
        let sleeper = world.threads.run(name: "sleeper", parker: bell.poller) { Sleeper(bell) }
        var random = SplitMix64(seed: seed)
        for turn in 1...Bell.turns {
            // Until somewhere between the answer to the last turn and deep sleep.
            for _ in 0..<random.next() % 512 { _ = bell.answered.load(ordering: .relaxed) }
            bell.rung.store(turn, ordering: .releasing)
            bell.poller.wake()
            var spins = 0
            while bell.answered.load(ordering: .acquiring) < turn {
                spins += 1
                if spins > 10_000 { bell.ringer.park(until: nil) }
            }
        }
        sleeper.join()
        #expect(bell.answered.load(ordering: .relaxed) == Bell.turns, "seed \(seed)")
    }

    /// Writes until the poller no longer says that the connection takes more.
    private func fill(_ connection: any Connection, _ poller: any Poller) throws {
        let block = [UInt8](repeating: 1, count: 1 << 20)
        repeat {
            _ = try block.withUnsafeBytes { try connection.write($0) }
            poller.park(until: passed)
        } while !poller.takeReady().isEmpty
    }
}

/// Reads a connection to its end.
private final class Drain: Steppable {
    private let connection: any Connection

    init(_ connection: any Connection) { self.connection = connection }

    func step() -> StepOutcome {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        do {
            connection.waitReadable(until: .max)
            let count = try buffer.withUnsafeMutableBytes { try connection.read(into: $0) }
            return count == 0 ? .finished : .again
        } catch { return .finished }
    }
}

/// Two players who take turns; most are told by a wake, every fifth by a byte only.
private final class Table: Sendable {
    static let turns = 50_000

    let turn = Atomic<Int>(0)
    let connections: [any Connection]
    let pollers: [any Poller]

    init(_ connections: [any Connection], _ pollers: [any Poller]) {
        self.connections = connections
        self.pollers = pollers
    }
}

private final class Player: Steppable {
    private let table: Table
    private let seat: Int
    private var isWatching = false

    init(_ table: Table, seat: Int) {
        self.table = table
        self.seat = seat
    }

    func step() -> StepOutcome {
        do { return try takeTurn() } catch {
            Issue.record(error)
            return .finished
        }
    }

    private func takeTurn() throws -> StepOutcome {
        let connection = table.connections[seat]
        if !isWatching {
            try table.pollers[seat].watch(connection, token: seat, forWriting: false)
            isWatching = true
        }
        if !table.pollers[seat].takeReady().isEmpty { _ = try connection.text() }
        let turn = table.turn.load(ordering: .acquiring)
        if turn >= Table.turns { return .finished }
        guard turn % 2 == seat else { return .park(until: nil) }
        table.turn.store(turn + 1, ordering: .releasing)
        if turn % 5 == 0 {
            _ = try connection.write("a")
        } else {
            table.pollers[1 - seat].wake()
        }
        return .again
    }
}

/// One rings, the other answers and falls asleep again.
private final class Bell: Sendable {
    static let turns = 200_000

    let rung = Atomic<Int>(0)
    let answered = Atomic<Int>(0)
    let poller: any Poller
    let ringer: any Parker

    init(_ poller: any Poller, _ ringer: any Parker) {
        self.poller = poller
        self.ringer = ringer
    }
}

private final class Sleeper: Steppable {
    private let bell: Bell

    init(_ bell: Bell) { self.bell = bell }

    func step() -> StepOutcome {
        let rung = bell.rung.load(ordering: .acquiring)
        if bell.answered.exchange(rung, ordering: .acquiringAndReleasing) < rung {
            bell.ringer.wake()
        }
        return rung == Bell.turns ? .finished : .park(until: nil)
    }
}
