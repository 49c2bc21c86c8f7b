import WeirCore

/// A parker that runs the other threads of the simulation instead of sleeping.
// SAFETY: one thread runs a simulation.
class SimulatedParker: Parker, @unchecked Sendable {
    private var isNotified = false
    let scheduler: Scheduler

    init(_ scheduler: Scheduler) { self.scheduler = scheduler }

    final func park(until deadline: Int64?) {
        let wasWoken = scheduler.run(
            until: deadline,
            moment: { nextMoment == .max ? nil : nextMoment },
            { mustWake }
        )
        precondition(
            wasWoken || deadline != nil,
            "Deadlock: every simulated thread is parked, with no deadline and no background work."
        )
        wakeUp()
    }

    final func wake() { isNotified = true }

    /// Whether a thread parked here goes on.
    var mustWake: Bool { isNotified }

    /// When it may have to go on by time alone, apart from its deadline; `Int64.max`: never.
    var nextMoment: Int64 { .max }

    /// The park ends; the wake-up is spent.
    func wakeUp() { isNotified = false }
}
