import WeirCore

/// Decides by seed which thread or background work runs next, and when time jumps.
// SAFETY: one thread runs a simulation.
final class Scheduler: @unchecked Sendable {
    /// The longest that background work waits for its turn.
    private static let longestDelay = 2_000_000

    private struct Work {
        let id: Int
        /// Monotonic nanoseconds before which it does not begin.
        let due: Int64
        let process: ProcessIdentity
        let run: @Sendable () -> Void

        func canRun(at now: Int64) -> Bool { due <= now && !process.isFrozen }
    }

    /// Those that have not finished.
    private(set) var threads: [SimulatedThread] = []
    private var background: [Work] = []
    private var nextID = 0
    /// Nanoseconds that background work waits longer at most.
    var extraDelay = 0
    /// One in so many pieces of work waits longer, by chance; 1: all.
    var delayedOneIn = 1
    /// After one in so many steps a thread is held up, for at most so many nanoseconds; 0: after none.
    var holds: (oneIn: Int, longest: Int) = (0, 0)
    private let simulation: Simulation

    init(_ simulation: Simulation) { self.simulation = simulation }

    /// Monotonic nanoseconds.
    var now: Int64 { simulation.now }

    /// Starts a thread; one of a process that has ended never runs.
    func add(
        _ name: String,
        _ parker: SimulatedParker,
        _ process: ProcessIdentity,
        _ make: @escaping @Sendable () -> any Steppable
    ) -> SimulatedThread {
        let thread = SimulatedThread(
            id: nextID,
            parker: parker,
            process: process,
            scheduler: self,
            make: make
        )
        nextID += 1
        if process.hasEnded { thread.kill() } else { threads.append(thread) }
        simulation.record(.step, name)
        return thread
    }

    func add(_ process: ProcessIdentity, _ work: @escaping @Sendable () -> Void) {
        guard !process.hasEnded else { return }
        let isDelayed = extraDelay > 0 && simulation.choose(below: delayedOneIn) == 0
        let longest = Self.longestDelay + (isDelayed ? extraDelay : 0)
        let delay = Int64(simulation.choose(below: longest))
        let due = simulation.now + delay
        background.append(Work(id: nextID, due: due, process: process, run: work))
        nextID += 1
    }

    /// Ends the threads of a process, and its background work, which is returned if a thread waits on
    /// the stack, perhaps for that.
    func removeAll(of process: ProcessIdentity) -> [@Sendable () -> Void] {
        let own = threads.filter { $0.process === process }
        let isWaiting = own.contains(where: \.isOnStack)
        for thread in own { thread.kill() }
        threads.removeAll { $0.process === process }
        let work = background.filter { $0.process === process }
        background.removeAll { $0.process === process }
        return isWaiting ? work.map(\.run) : []
    }

    /// Tells a process that has no thread any more so.
    func endIfIdle(_ process: ProcessIdentity) {
        if !threads.contains(where: { $0.process === process }) { process.onLastThread?() }
    }

    /// Runs until the condition holds or the deadline has come.
    ///
    /// - Parameters:
    ///   - deadline: monotonic nanoseconds; nil: until nothing can happen any more.
    ///   - moment: when the condition may become true by time alone.
    ///   - condition: looked at after each step.
    /// - Returns: whether the condition held.
    func run(
        until deadline: Int64?,
        moment: () -> Int64? = { nil },
        _ condition: () -> Bool
    ) -> Bool {
        var steps = 0
        while true {
            if condition() { return true }
            if let deadline, simulation.now >= deadline {
                // What is due at the deadline itself still runs, unless that takes time.
                if simulation.now > deadline || !hasRunnable { return false }
            }
            if runOne() {
                steps += 1
                precondition(
                    steps < SimulatedWorld.stepLimit,
                    "The simulation took \(steps) steps without an end."
                )
                continue
            }
            let next = [nextDeadline, moment()].compactMap { $0 }.min()
            guard let target = [next, deadline].compactMap({ $0 }).min() else { return false }
            simulation.advance(to: target)
        }
    }

    func runUntilIdle() {
        _ = run(until: nil) { !hasRunnable && background.isEmpty }
    }

    private var hasRunnable: Bool {
        threads.contains { $0.canRun(at: simulation.now) }
            || background.contains { $0.canRun(at: simulation.now) }
    }

    /// What can run, by position: threads, then background work; kept for its memory.
    private var runnable: [Int] = []

    /// Lets one of those run that can, chosen by seed; false if none can.
    private func runOne() -> Bool {
        let now = simulation.now
        runnable.removeAll(keepingCapacity: true)
        for index in threads.indices where threads[index].canRun(at: now) {
            runnable.append(index)
        }
        let readyCount = runnable.count
        for index in background.indices where background[index].canRun(at: now) {
            runnable.append(index)
        }
        guard !runnable.isEmpty else { return false }
        let choice = simulation.choose(below: runnable.count)
        let chosen = runnable[choice]
        if choice < readyCount {
            let thread = threads[chosen]
            simulation.record(.step, UInt64(thread.id))
            thread.step()
            if holds.oneIn > 0, simulation.choose(below: holds.oneIn) == 0 {
                thread.hold(until: simulation.now + Int64(simulation.choose(below: holds.longest)))
            }
            if thread.hasFinished {
                threads.removeAll { $0 === thread }
                endIfIdle(thread.process)
            }
        } else {
            let work = background.remove(at: chosen)
            simulation.record(.background, UInt64(work.id))
            work.run()
        }
        simulation.takeTime()
        return true
    }

    private var nextDeadline: Int64? {
        let now = simulation.now
        var earliest = Int64.max
        for thread in threads {
            let deadline = thread.deadline
            if deadline > now, deadline < earliest { earliest = deadline }
        }
        for work in background where !work.process.isFrozen {
            if work.due > now, work.due < earliest { earliest = work.due }
        }
        return earliest == .max ? nil : earliest
    }
}
