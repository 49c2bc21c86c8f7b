import Synchronization
import Testing
import WeirCore

@Suite("A group of background work")
struct BackgroundGroupTests {
    @Test("the wait is over when all work has ended and is let go of, and not before")
    func waits() {
        let threads = ManualThreads()
        let group = BackgroundGroup(threads: threads, clock: threads)
        let log = Log()
        group.run { [held = Held(log)] in log.add("first, \(held.name)") }
        group.run { log.add("second") }
        group.wait { _ in log.add("waiting") }
        log.add("over")
        #expect(log.all == ["first, held", "let go", "second", "over"])
    }

    @Test("work that has not begun when the group is cancelled never begins")
    func cancelled() {
        let threads = ManualThreads()
        let group = BackgroundGroup(threads: threads, clock: threads)
        let log = Log()
        group.run {
            log.add("first")
            group.cancellation.cancel()
        }
        group.run { log.add("second") }
        group.wait { _ in log.add("waiting") }
        #expect(log.all == ["first"])
        #expect(throws: WeirError.self) { try group.cancellation.check("Something") }
    }

    @Test("who waits for long says so every ten seconds, with the number of pieces")
    func patience() {
        let threads = ManualThreads(idleParks: 3)
        let group = BackgroundGroup(threads: threads, clock: threads)
        let log = Log()
        group.run { log.add("first") }
        group.run { log.add("second") }
        group.wait { log.add("\($0) at \(threads.monotonicNanoseconds() / 1_000_000_000) s") }
        #expect(log.all == ["2 at 10 s", "2 at 20 s", "2 at 30 s", "first", "second"])
    }
}

/// What happened, in order.
private final class Log: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func add(_ line: String) { lines.withLock { $0.append(line) } }
}

/// Something that work holds.
private final class Held: Sendable {
    let name = "held"
    private let log: Log

    init(_ log: Log) { self.log = log }

    deinit { log.add("let go") }
}

/// Threads that run their work when somebody sleeps, a piece a sleep, after some sleeps to the end.
private final class ManualThreads: ThreadHost, Clock {
    private struct State {
        var now: Int64 = 0
        var idleParks: Int
        var work: [@Sendable () -> Void] = []
    }

    private let state: Mutex<State>

    init(idleParks: Int = 0) { state = Mutex(State(idleParks: idleParks)) }

    func monotonicNanoseconds() -> Int64 { state.withLock { $0.now } }

    func wallMilliseconds() -> Int64 { monotonicNanoseconds() / 1_000_000 }

    func makeParker() -> any Parker { ManualParker(self) }

    func makePoller() throws(WeirError) -> any Poller {
        preconditionFailure("There are no connections here.")
    }

    func background(_ work: @escaping @Sendable () -> Void) {
        state.withLock { $0.work.append(work) }
    }

    func run(
        name: String,
        parker: any Parker,
        make: @escaping @Sendable () -> any Steppable
    ) -> any RunningThread {
        preconditionFailure("\(name): there are no threads here")
    }

    func sleep(until deadline: Int64?) {
        let work = state.withLock { state -> (@Sendable () -> Void)? in
            if state.idleParks > 0, let deadline {
                state.idleParks -= 1
                state.now = deadline
                return nil
            }
            return state.work.isEmpty ? nil : state.work.removeFirst()
        }
        work?()
    }
}

private final class ManualParker: Parker {
    private let threads: ManualThreads

    init(_ threads: ManualThreads) { self.threads = threads }

    func park(until deadline: Int64?) { threads.sleep(until: deadline) }

    func wake() {}
}
