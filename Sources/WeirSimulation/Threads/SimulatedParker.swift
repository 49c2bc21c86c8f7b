import WeirCore

/// A parker that runs the other threads of the simulation instead of sleeping.
// SAFETY: one thread runs a simulation.
final class SimulatedParker: Parker, @unchecked Sendable {
    private(set) var isNotified = false
    private let scheduler: Scheduler

    init(_ scheduler: Scheduler) { self.scheduler = scheduler }

    func park(until deadline: Int64?) {
        let wasWoken = scheduler.run(until: deadline) { isNotified }
        precondition(
            wasWoken || deadline != nil,
            "Deadlock: every simulated thread is parked, with no deadline and no background work."
        )
        isNotified = false
    }

    func wake() { isNotified = true }

    /// Whether it was woken; then the wake-up is spent.
    func takeNotification() -> Bool {
        defer { isNotified = false }
        return isNotified
    }
}
