import WeirCore

/// A steppable and where it stands.
// SAFETY: one thread runs a simulation.
final class SimulatedThread: RunningThread, @unchecked Sendable {
    private enum State {
        /// Not made yet: that happens in the first step, as on a new thread.
        case fresh(@Sendable () -> any Steppable)
        case ready(any Steppable)
        case parked(any Steppable, until: Int64?)
        /// On the stack, perhaps waiting there.
        case running
        case finished
    }

    let id: Int
    let process: ProcessIdentity
    private let parker: SimulatedParker
    private let scheduler: Scheduler
    private var state: State

    init(
        id: Int,
        parker: SimulatedParker,
        process: ProcessIdentity,
        scheduler: Scheduler,
        make: @escaping @Sendable () -> any Steppable
    ) {
        self.id = id
        self.parker = parker
        self.process = process
        self.scheduler = scheduler
        state = .fresh(make)
    }

    var hasFinished: Bool {
        if case .finished = state { return true }
        return false
    }

    /// When it wants to run, if nobody wakes it before; nil: not by itself.
    var deadline: Int64? {
        guard case .parked(_, let deadline) = state, !process.isFrozen else { return nil }
        return [deadline, parker.nextMoment].compactMap { $0 }.min()
    }

    func canRun(at now: Int64) -> Bool {
        if process.isFrozen { return false }
        return switch state {
        case .fresh, .ready: true
        case .parked(_, let deadline): parker.mustWake || (deadline ?? .max) <= now
        case .running, .finished: false
        }
    }

    func step() {
        let steppable: any Steppable
        switch state {
        case .fresh(let make):
            state = .running
            steppable = make()
        case .ready(let ready): steppable = ready
        case .parked(let parked, _):
            parker.wakeUp()
            steppable = parked
        case .running, .finished: return
        }
        state = .running
        let outcome = steppable.step()
        // A step may have ended its own process.
        guard case .running = state else { return }
        switch outcome {
        case .again: state = .ready(steppable)
        case .park(let deadline): state = .parked(steppable, until: deadline)
        case .finished: state = .finished
        }
    }

    func join() {
        let hasEnded = scheduler.run(until: nil) { hasFinished }
        precondition(hasEnded, "Deadlock: the thread to join is parked, and nothing can wake it.")
    }

    /// Ends it where it stands.
    func kill() { state = .finished }
}
