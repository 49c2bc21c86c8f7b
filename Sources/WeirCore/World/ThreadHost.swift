/// A place where one thread sleeps and others wake it.
///
/// No wake-up is lost: a wake before the wait makes the wait return at once.
public protocol Parker: AnyObject, Sendable {
    /// Sleeps until woken or until the deadline (monotonic nanoseconds; nil: no deadline).
    func park(until deadline: Int64?)
    /// Wakes the sleeper, or the next to sleep.
    func wake()
}

/// A thread started by `ThreadHost.spawn`.
public protocol RunningThread: AnyObject, Sendable {
    /// Waits for its end.
    func join()
}

/// Work of an executor that the host calls again and again.
///
/// The real world gives it a thread; the simulated one steps all of them in a seeded order on one.
public protocol Steppable: AnyObject {
    /// Does what there is to do, for a bounded time. Returns when to be called next.
    func step() -> StepOutcome
}

/// What a `Steppable` wants next.
public enum StepOutcome: Sendable, Equatable {
    /// There is more to do now.
    case again
    /// Nothing before `until` (monotonic nanoseconds; nil: not before a wake).
    case park(until: Int64?)
    /// It has ended.
    case finished
}

/// Threads, parking, and background work.
public protocol ThreadHost: Sendable {
    /// A new parker.
    func makeParker() -> any Parker
    /// A new parker that also wakes for connections, listeners and child processes.
    ///
    /// - Throws: `networkFailed` if the process has too many files open.
    func makePoller() throws(WeirError) -> any Poller
    /// Runs a steppable until it has finished; it is parked on `parker` between.
    /// `make` runs on the new thread, so that the steppable never leaves it.
    func run(
        name: String,
        parker: any Parker,
        make: @escaping @Sendable () -> any Steppable
    ) -> any RunningThread
    /// Runs blocking work on one of the I/O threads, at low priority; order is not kept.
    func background(_ work: @escaping @Sendable () -> Void)
}
