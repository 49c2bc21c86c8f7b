import Synchronization
import Testing
import WeirCore
import WeirSystem

@Suite("Real threads")
struct RealThreadHostTests {
    let world = RealWorld()

    @Test("a wake before the park makes it return; a deadline ends it")
    func parker() {
        let parker = world.threads.makeParker()
        parker.wake()
        parker.wake()
        parker.park(until: nil)
        let before = world.clock.monotonicNanoseconds()
        parker.park(until: before + 2_000_000)
        #expect(world.clock.monotonicNanoseconds() >= before + 2_000_000)
        parker.park(until: before)
        parker.park(until: .min)
    }

    @Test("no wake-up is lost in 50 000 turns between two threads")
    func pingPong() {
        let table = Table(world)
        let threads = [0, 1].map { seat in
            world.threads.run(name: "seat-\(seat)", parker: table.parkers[seat]) {
                Player(table: table, seat: seat)
            }
        }
        for thread in threads {
            thread.join()
            thread.join()
        }
        #expect(table.turn.load(ordering: .relaxed) == Table.turns)
    }

    @Test("background work runs, also far more than waits at once")
    func background() {
        let count = 100_000
        let parker = world.threads.makeParker()
        let counter = Counter(parker: parker, goal: count)
        for _ in 0..<count { world.threads.background { counter.add() } }
        while counter.value < count { parker.park(until: nil) }
        #expect(counter.value == count)
    }

    @Test("random numbers are not repeated by threads that share the source")
    func random() {
        let collected = Collected()
        let parker = world.threads.makeParker()
        let threads = (0..<4).map { index in
            world.threads.run(name: "random-\(index)", parker: parker) { [world] in
                Once {
                    let mine = (0..<1000).map { _ in world.random.next() }
                    collected.add(mine)
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(Set(collected.numbers.withLock { $0 }).count == 4000)
    }
}

/// Two players who take turns, each parked while it is the other's.
private final class Table: Sendable {
    static let turns = 50_000

    let turn = Atomic<Int>(0)
    let parkers: [any Parker]

    init(_ world: RealWorld) {
        parkers = [world.threads.makeParker(), world.threads.makeParker()]
    }
}

private final class Player: Steppable {
    private let table: Table
    private let seat: Int

    init(table: Table, seat: Int) {
        self.table = table
        self.seat = seat
    }

    func step() -> StepOutcome {
        let turn = table.turn.load(ordering: .acquiring)
        if turn >= Table.turns { return .finished }
        guard turn % 2 == seat else { return .park(until: nil) }
        table.turn.store(turn + 1, ordering: .releasing)
        table.parkers[1 - seat].wake()
        return .again
    }
}

private final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    private let parker: any Parker
    private let goal: Int

    init(parker: any Parker, goal: Int) {
        self.parker = parker
        self.goal = goal
    }

    var value: Int { count.load(ordering: .acquiring) }

    func add() {
        if count.add(1, ordering: .acquiringAndReleasing).newValue == goal { parker.wake() }
    }
}

private final class Collected: Sendable {
    let numbers = Mutex<[UInt64]>([])

    func add(_ more: [UInt64]) { numbers.withLock { $0 += more } }
}

private final class Once: Steppable {
    private let work: () -> Void

    init(_ work: @escaping () -> Void) { self.work = work }

    func step() -> StepOutcome {
        work()
        return .finished
    }
}
