import WeirCore

/// A steppable and where it stands.
// SAFETY: one thread runs a simulation.
final class SimulatedThread: RunningThread, @unchecked Sendable {
    private enum State {
        case ready
        case parked
        /// On the stack, perhaps waiting there.
        case running
        case finished
    }

    let id: Int
    let process: ProcessIdentity
    private let parker: SimulatedParker
    private let scheduler: Scheduler
    private var state = State.ready
    /// Not called yet: that happens in the first step, as on a new thread.
    private var make: (@Sendable () -> any Steppable)?
    private var steppable: (any Steppable)?
    /// Until when it is held up, whatever it could do.
    private var heldUntil: Int64 = 0
    /// Until when it is parked, if nobody wakes it before; `Int64.max`: for ever.
    private var parkedUntil = Int64.max

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
        self.make = make
    }

    var hasFinished: Bool { state == .finished }

    /// Whether a step of it is on the stack, perhaps waiting there.
    var isOnStack: Bool { state == .running }

    /// When it wants to run, if nobody wakes it before; `Int64.max`: not by itself.
    var deadline: Int64 {
        if process.isFrozen { return .max }
        return switch state {
        case .ready: heldUntil
        case .parked: max(heldUntil, parker.mustWake ? 0 : min(parkedUntil, parker.nextMoment))
        case .running, .finished: .max
        }
    }

    /// Lets it not run before a moment, as on a machine with too few processors.
    func hold(until moment: Int64) { heldUntil = moment }

    func canRun(at now: Int64) -> Bool {
        if process.isFrozen || heldUntil > now { return false }
        return switch state {
        case .ready: true
        case .parked: parkedUntil <= now || parker.mustWake
        case .running, .finished: false
        }
    }

    func step() {
        switch state {
        case .ready: break
        case .parked: parker.wakeUp()
        case .running, .finished: return
        }
        state = .running
        let running = steppable ?? makeSteppable()
        guard let running else { return }
        let outcome = running.step()
        // A step may have ended its own process.
        guard state == .running else { return }
        switch outcome {
        case .again: state = .ready
        case .park(let deadline):
            parkedUntil = deadline ?? .max
            state = .parked
        case .finished: finish()
        }
    }

    private func makeSteppable() -> (any Steppable)? {
        steppable = make?()
        make = nil
        return steppable
    }

    private func finish() {
        state = .finished
        steppable = nil
        make = nil
    }

    func join() {
        let hasEnded = scheduler.run(until: nil) { hasFinished }
        precondition(hasEnded, "Deadlock: the thread to join is parked, and nothing can wake it.")
    }

    /// Ends it where it stands.
    func kill() { finish() }
}
