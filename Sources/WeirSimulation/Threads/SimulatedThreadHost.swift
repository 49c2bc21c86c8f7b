import WeirCore

/// Threads that take steps in seeded order on the one thread of the simulation.
struct SimulatedThreadHost: ThreadHost {
    let scheduler: Scheduler
    let process: ProcessIdentity

    func makeParker() -> any Parker { SimulatedParker(scheduler) }

    func makePoller() throws(WeirError) -> any Poller { SimulatedPoller(scheduler) }

    func run(
        name: String,
        parker: any Parker,
        make: @escaping @Sendable () -> any Steppable
    ) -> any RunningThread {
        guard let parker = parker as? SimulatedParker else {
            preconditionFailure("\(name) needs a parker of the simulated world")
        }
        return scheduler.add(name, parker, process, make)
    }

    func background(_ work: @escaping @Sendable () -> Void) { scheduler.add(process, work) }
}
