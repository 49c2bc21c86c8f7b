import Synchronization
import Testing
import WeirCore
import WeirSimulation

@Suite("The simulated world")
struct SimulatedWorldTests {
    @Test("the same seed gives the same run, another seed another")
    func determinism() throws {
        for seed in [1, 42, 0xFFFF_FFFF_FFFF_FFFF] as [UInt64] {
            let first = try Scenario(seed: seed).run()
            #expect(try Scenario(seed: seed).run() == first, "seed \(seed)")
            #expect(try Scenario(seed: seed ^ 2).run() != first, "seed \(seed)")
        }
    }

    @Test("another process, with other hash seeds, has the same trace")
    func otherProcess() async throws {
        let result = await #expect(
            processExitsWith: .success,
            observing: [\.standardOutputContent]
        ) {
            print("trace \(try Scenario(seed: 42).run()).")
        }
        let output = String(decoding: try #require(result?.standardOutputContent), as: UTF8.self)
        #expect(output.contains("trace \(try Scenario(seed: 42).run())."))
    }

    @Test("time jumps to the next deadline, and only as far as asked")
    func time() {
        let world = SimulatedWorld(seed: 1, wallMilliseconds: 5000, stepNanoseconds: 0)
        let parker = world.threads.makeParker()
        let ticks = Ticks()
        let start = world.clock.monotonicNanoseconds()
        _ = world.threads.run(name: "ticker", parker: parker) {
            Ticker(world, every: 1_000_000, ticks)
        }
        world.runUntilIdle()
        #expect(ticks.moments == [start])
        world.run(for: 3_500_000)
        #expect(ticks.moments == [0, 1, 2, 3].map { start + $0 * 1_000_000 })
        #expect(world.clock.monotonicNanoseconds() == start + 3_500_000)
        #expect(world.clock.wallMilliseconds() == 5003)
        world.jumpWallClock(by: -2000)
        #expect(world.clock.wallMilliseconds() == 3003)
        world.advance(by: 500_000)
        #expect(ticks.moments.count == 4)
        #expect(world.run(limit: 60_000_000_000) { ticks.moments.count == 7 })
        #expect(!world.run(limit: 1_000_000) { false })
    }

    @Test("a thread that never parks does not stop time")
    func busyThread() {
        let world = SimulatedWorld(seed: 3)
        let parker = world.threads.makeParker()
        let ticks = Ticks()
        _ = world.threads.run(name: "busy", parker: parker) { Busy() }
        _ = world.threads.run(name: "ticker", parker: world.threads.makeParker()) {
            Ticker(world, every: 1_000_000, ticks)
        }
        world.run(for: 100_000_000)
        #expect((90...101).contains(ticks.moments.count))
        #expect(!world.runUntilFinished(limit: 1_000_000))
    }

    @Test("a wake before the park is not lost, and parking runs the others")
    func parking() {
        let world = SimulatedWorld(seed: 5)
        let parker = world.threads.makeParker()
        parker.wake()
        parker.park(until: nil)
        let waker = Waker(parker)
        world.threads.background { waker.wake() }
        parker.park(until: nil)
        #expect(waker.hasWoken)
        let before = world.clock.monotonicNanoseconds()
        parker.park(until: before + 7)
        #expect(world.clock.monotonicNanoseconds() == before + 7)
    }

    @Test("joining runs a thread to its end; killed threads never run again")
    func joinAndKill() {
        let world = SimulatedWorld(seed: 6)
        let ticks = Ticks()
        let thread = world.threads.run(name: "ticker", parker: world.threads.makeParker()) {
            Ticker(world, every: 1_000_000, ticks, limit: 5)
        }
        thread.join()
        #expect(ticks.moments.count == 5)
        _ = world.threads.run(name: "ticker", parker: world.threads.makeParker()) {
            Ticker(world, every: 1_000_000, ticks)
        }
        world.killProcess()
        world.run(for: 10_000_000)
        #expect(ticks.moments.count == 5)
    }

    @Test("a deadlock ends with a sentence instead of hanging")
    func deadlock() async {
        await #expect(processExitsWith: .failure) {
            let world = SimulatedWorld(seed: 7)
            world.threads.makeParker().park(until: nil)
        }
    }
}

/// Some of everything, hashed.
private struct Scenario {
    let seed: UInt64

    func run() throws -> UInt64 {
        let world = SimulatedWorld(seed: seed)
        let parkers = (0..<3).map { _ in world.threads.makeParker() }
        for (index, parker) in parkers.enumerated() {
            let next = parkers[(index + 1) % 3]
            _ = world.threads.run(name: "worker-\(index)", parker: parker) {
                Worker(world, number: index, next: next)
            }
        }
        world.run(for: 20_000_000)
        world.cutPower()
        let names = try world.files.list("/")
        try world.processes.write("\(names)", to: .output)
        return world.traceHash
    }
}

/// Writes, draws, sends and wakes as chance tells it.
private final class Worker: Steppable {
    private let world: SimulatedWorld
    private let number: Int
    private let next: any Parker
    private var file: (any OpenFile)?

    init(_ world: SimulatedWorld, number: Int, next: any Parker) {
        self.world = world
        self.number = number
        self.next = next
    }

    func step() -> StepOutcome {
        let chance = world.random.next()
        do {
            let open = try file ?? world.files.open("file-\(number)", .createNew)
            file = open
            try open.write("\(chance)\n")
            if chance % 5 == 0 { try open.synchronize() }
            if chance % 7 == 0 { try world.files.synchronizeDirectory("/") }
        } catch { return .finished }
        let (world, number) = (world, number)
        if chance % 3 == 0 {
            world.threads.background { world.processes.tell("\(number)") }
        }
        next.wake()
        return .park(until: world.clock.monotonicNanoseconds() + Int64(chance % 1_000_000))
    }
}

private final class Ticks: Sendable {
    private let kept = Mutex<[Int64]>([])

    var moments: [Int64] { kept.withLock { $0 } }

    func add(_ moment: Int64) { kept.withLock { $0.append(moment) } }
}

private final class Ticker: Steppable {
    private let world: SimulatedWorld
    private let every: Int64
    private let ticks: Ticks
    private let limit: Int

    init(_ world: SimulatedWorld, every: Int64, _ ticks: Ticks, limit: Int = .max) {
        self.world = world
        self.every = every
        self.ticks = ticks
        self.limit = limit
    }

    func step() -> StepOutcome {
        let now = world.clock.monotonicNanoseconds()
        ticks.add(now)
        return ticks.moments.count == limit ? .finished : .park(until: now + every)
    }
}

private final class Busy: Steppable {
    func step() -> StepOutcome { .again }
}

private final class Waker: Sendable {
    private let parker: any Parker
    private let woken = Atomic<Bool>(false)

    init(_ parker: any Parker) { self.parker = parker }

    var hasWoken: Bool { woken.load(ordering: .relaxed) }

    func wake() {
        woken.store(true, ordering: .relaxed)
        parker.wake()
    }
}
