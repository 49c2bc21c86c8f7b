import WeirCore

/// A world on one thread, where time, chance, disk, network and scheduling follow a seed.
///
/// The same seed and the same program give the same run, effect by effect: `traceHash` tells. All
/// calls come from one thread. Waiting (`park`, `join`, `waitReadable`) runs the other simulated
/// threads meanwhile; a step takes a few microseconds, and when no thread can run, time jumps to the
/// next deadline.
///
/// ```swift
/// let world = SimulatedWorld(seed: 42)
/// let job = world.threads.run(name: "job", parker: parker) { Job(world) }
/// world.run(for: 5_000_000_000)
/// world.disk.crash()
/// ```
///
/// It is one process. `makeProcess` makes more of them in the same simulation, on the same node or
/// others, and `programs` says what `processes.spawn` starts; time, chance, scheduling and network are
/// common to all, and running one of them runs all.
public final class SimulatedWorld: World {
    /// Virtual time.
    public let clock: any Clock
    /// Seeded chance.
    public let random: any RandomSource
    /// The simulated disk, with its faults.
    public let disk: SimulatedFileSystem
    /// The simulated sockets, with their faults.
    public let loopback: SimulatedNetwork
    /// The simulated process: what it printed, and its environment.
    public let process: SimulatedProcessHost
    /// The seed, to be printed by tests.
    public let seed: UInt64

    let universe: Universe
    let parts: ProcessParts
    private var simulation: Simulation { universe.simulation }
    private var scheduler: Scheduler { universe.scheduler }

    /// Steps in one `run…` call after which the simulation is taken to be stuck.
    public static let stepLimit = 50_000_000

    /// A world in which nothing has happened yet.
    ///
    /// - Parameters:
    ///   - seed: decides everything.
    ///   - wallMilliseconds: what the wall clock shows at first.
    ///   - stepNanoseconds: what a step takes on average; 0: nothing, so that time moves only when
    ///     all threads are parked (and a thread that never parks runs for ever).
    ///   - node: the name of the machine that its process runs on.
    public convenience init(
        seed: UInt64,
        wallMilliseconds: Int64 = 1_356_998_400_000,
        stepNanoseconds: Int = 5_000,
        node: String = "localhost"
    ) {
        let simulation = Simulation(
            seed: seed,
            wallMilliseconds: wallMilliseconds,
            stepNanoseconds: stepNanoseconds
        )
        let universe = Universe(seed: seed, simulation)
        self.init(universe, universe.makeProcess(node: node, disk: SimulatedDisk(simulation)))
    }

    /// A process of a simulation, seen as its world.
    init(_ universe: Universe, _ parts: ProcessParts) {
        self.universe = universe
        seed = universe.seed
        self.parts = parts
        clock = SimulatedClock(simulation: universe.simulation)
        random = SimulatedRandom(simulation: universe.simulation)
        disk = parts.disk
        loopback = parts.network
        process = parts.host
    }

    /// The simulated disk.
    public var files: any FileSystem { disk }
    /// Threads that the simulation steps.
    public var threads: any ThreadHost {
        SimulatedThreadHost(scheduler: scheduler, process: parts.identity)
    }
    /// The simulated sockets.
    public var network: any Network { loopback }
    /// The simulated process.
    public var processes: any ProcessHost { process }

    /// A hash of all that happened so far, in order.
    public var traceHash: UInt64 { simulation.trace.value }

    /// Called with each effect of the simulation, as a line of text; nil: nobody.
    ///
    /// The first line in which the texts of two runs of one seed differ tells where they part.
    public var onEffect: ((String) -> Void)? {
        get { simulation.onEffect }
        set { simulation.onEffect = newValue }
    }

    /// Nanoseconds that what I/O threads do waits longer at most, in all processes, as on a slow disk.
    public var backgroundDelay: Int {
        get { scheduler.extraDelay }
        set { scheduler.extraDelay = newValue }
    }

    /// One in so many things that I/O threads do is delayed by `backgroundDelay`, by chance; 1: all are.
    public var backgroundDelayOneIn: Int {
        get { scheduler.delayedOneIn }
        set { scheduler.delayedOneIn = newValue }
    }

    /// Lets threads of all processes not run for a while at times, as on a machine with too few processors:
    /// after one in so many steps, for at most so many nanoseconds; 0: after none.
    public func holdThreads(oneIn: Int, longest: Int) { scheduler.holds = (oneIn, longest) }

    /// Moves time forward without running anything.
    public func advance(by nanoseconds: Int64) {
        simulation.advance(to: simulation.now + nanoseconds)
    }

    /// Lets the wall clock jump, as an administrator or a time server does.
    public func jumpWallClock(by milliseconds: Int64) { simulation.wallOffset += milliseconds }

    /// Runs until no thread can go on and no background work is left.
    ///
    /// Time moves only as far as background work needs; later deadlines stay ahead.
    public func runUntilIdle() { scheduler.runUntilIdle() }

    /// Runs for a time: all threads, and all deadlines up to its end.
    public func run(for nanoseconds: Int64) {
        _ = scheduler.run(until: simulation.now + nanoseconds) { false }
    }

    /// Runs until a condition holds, at most for a time; whether it held.
    public func run(limit nanoseconds: Int64, until condition: () -> Bool) -> Bool {
        scheduler.run(until: simulation.now + nanoseconds, condition)
    }

    /// Runs until all threads have finished, at most for a time; whether they have.
    public func runUntilFinished(limit nanoseconds: Int64) -> Bool {
        scheduler.run(until: simulation.now + nanoseconds) { scheduler.threads.isEmpty }
    }
}
