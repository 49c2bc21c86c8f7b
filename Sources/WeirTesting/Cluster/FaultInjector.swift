import WeirCore
import WeirSimulation

/// Lets the faults of a schedule happen to a cluster, and ends those that last.
///
/// A fault whose victim is not there at its moment happens when it is.
public final class FaultInjector {
    private enum Step {
        case begin(ClusterFault)
        /// Ends a fault, or brings back what it ended.
        case end(() throws(WeirError) -> Void)
    }

    /// Nanoseconds from one look for a victim to the next.
    private static let victimInterval: Int64 = 1_000_000
    /// Bytes that are left on a full disk.
    private static let roomOnFullDisk = 1_000
    private let cluster: SimulatedCluster
    private var steps: [(at: Int64, step: Step)] = []
    /// What has happened so far, or waits for its operation.
    public private(set) var happened: [ClusterFault] = []

    /// Makes the faults of a schedule that begins now ready for a cluster that has been started.
    public init(_ schedule: FaultSchedule, for cluster: SimulatedCluster) {
        self.cluster = cluster
        let start = cluster.world.clock.monotonicNanoseconds()
        for entry in schedule.entries { steps.append((start + entry.at, .begin(entry.fault))) }
    }

    /// When the next fault begins or ends; nil: none is left.
    public var next: Int64? { steps.map(\.at).min() }

    /// Begins or ends what is due.
    ///
    /// - Throws: what the start of a process throws.
    public func inject() throws(WeirError) {
        let now = cluster.world.clock.monotonicNanoseconds()
        while let index = firstDue(now) {
            switch steps.remove(at: index).step {
            case .begin(let fault):
                if begin(fault) {
                    happened.append(fault)
                } else {
                    steps.append((now + Self.victimInterval, .begin(fault)))
                }
            case .end(let body): try body()
            }
        }
    }

    private func firstDue(_ now: Int64) -> Int? {
        let due = steps.indices.filter { steps[$0].at <= now }
        return due.min { steps[$0].at < steps[$1].at }
    }

    /// Lets workers die, after so many nanoseconds from now each.
    func killWorkers(after waits: [Int64]) {
        let now = cluster.world.clock.monotonicNanoseconds()
        for (number, wait) in waits.enumerated() {
            steps.append((now + wait, .begin(.killWorker(victim: number))))
        }
    }

    private func after(_ time: Duration, _ body: @escaping () throws(WeirError) -> Void) {
        let at = cluster.world.clock.monotonicNanoseconds() + time.wholeNanoseconds
        steps.append((at, .end(body)))
    }

    // MARK: Faults

    /// Begins a fault; false if what it would hit is not there.
    private func begin(_ fault: ClusterFault) -> Bool {
        switch fault {
        case .killWorker(let victim):
            guard let worker = cluster.liveWorker(victim) else { return false }
            worker.killProcess()
        case .killTaskManager(let victim, let wait): return killTaskManager(victim, wait)
        case .killJobManager(let wait): return killJobManager(wait)
        case .freezeWorker(let victim, let time):
            guard let worker = cluster.liveWorker(victim) else { return false }
            freeze([worker], time)
        case .freezeTaskManager(let victim, let withWorkers, let time):
            guard let node = cluster.liveTaskManager(victim) else { return false }
            freeze([node] + (withWorkers ? cluster.workers(ofNode: node.node) : []), time)
        case .freezeJobManager(let time):
            guard cluster.manager != nil else { return false }
            freeze([cluster.managerWorld], time)
        case .holdThreads(let oneIn, let longest, let time):
            let world = cluster.world
            world.holdThreads(oneIn: oneIn, longest: Int(longest.wholeNanoseconds))
            after(time) { world.holdThreads(oneIn: 0, longest: 0) }
        case .cutFromJobManager, .cutBetween, .resetConnections, .slowNetwork:
            return disturbNetwork(fault)
        case .startImpostor(let time): startImpostor(time)
        case .replayMessages(let count): cluster.replayMessages(count)
        case .failFile, .fillDisk, .slowDisk, .stutterDisk: disturbDisk(fault)
        case .cutPower: cutPower()
        }
        return true
    }

    private func disturbNetwork(_ fault: ClusterFault) -> Bool {
        switch fault {
        case .cutFromJobManager(let victim, let direction, let time):
            guard let node = cluster.liveTaskManager(victim)?.node else { return false }
            cut(cluster.managerWorld.node, node, direction, time)
        case .cutBetween(let victim, let other, let direction, let time):
            guard let one = cluster.liveTaskManager(victim)?.node,
                let two = cluster.liveTaskManager(other, except: one)?.node
            else { return false }
            cut(one, two, direction, time)
        case .resetConnections(let victim):
            guard let node = cluster.liveTaskManager(victim)?.node else { return false }
            cluster.world.loopback.resetAll(ofNode: node)
        case .slowNetwork(let victim, let delay, let time):
            guard let node = cluster.liveTaskManager(victim)?.node else { return false }
            slow(node, delay, time)
        default: return false
        }
        return true
    }

    private func disturbDisk(_ fault: ClusterFault) {
        let (world, disk) = (cluster.world, cluster.world.disk)
        switch fault {
        case .failFile(let operation, let path, let successes, let isLasting):
            failFile(operation, path, after: successes, isLasting: isLasting)
        case .fillDisk(let time):
            disk.capacityBytes = disk.usedBytes + Self.roomOnFullDisk
            after(time) { disk.capacityBytes = nil }
        case .slowDisk(let delay, let time): slowDisk(world, oneIn: 1, by: delay, time)
        case .stutterDisk(let oneIn, let delay, let time):
            slowDisk(world, oneIn: oneIn, by: delay, time)
        default: break
        }
    }

    private func slowDisk(
        _ world: SimulatedWorld,
        oneIn: Int,
        by delay: Duration,
        _ time: Duration
    ) {
        world.backgroundDelayOneIn = oneIn
        world.backgroundDelay = Int(delay.wholeNanoseconds)
        after(time) { world.backgroundDelay = 0 }
    }

    private func killTaskManager(_ victim: Int, _ wait: Duration) -> Bool {
        guard let world = cluster.liveTaskManager(victim) else { return false }
        cluster.killTaskManager(world)
        startTaskManager(onNode: world.node, after: wait)
        return true
    }

    private func killJobManager(_ wait: Duration) -> Bool {
        guard cluster.manager != nil else { return false }
        cluster.killJobManager()
        startJobManager(after: wait)
        return true
    }

    private func cutPower() {
        cluster.cutPower()
        startJobManager(after: .zero)
        for node in cluster.nodes where node.hasPrefix("tm-") {
            startTaskManager(onNode: node, after: .zero)
        }
    }

    // MARK: Starting

    private func startJobManager(after wait: Duration) {
        start(after: wait) { [cluster] () throws(WeirError) in
            guard cluster.manager == nil || cluster.candidates != nil else { return }
            try cluster.restartJobManager()
        }
    }

    private func startTaskManager(onNode node: String, after wait: Duration) {
        start(after: wait) { [cluster] () throws(WeirError) in
            try cluster.restartTaskManager(onNode: node)
        }
    }

    private func startImpostor(_ time: Duration) {
        start(after: .zero) { [unowned self] () throws(WeirError) in
            let impostor = try cluster.startImpostor()
            after(time) { impostor.killProcess() }
        }
    }

    /// Starts another task manager after a while.
    func addTaskManager(_ number: Int, after wait: Duration) {
        start(after: wait) { [cluster] () throws(WeirError) in
            try cluster.startTaskManager(number)
        }
    }

    /// Ends the task manager of a node after a while, and starts it again at once.
    func restartTaskManager(onNode node: String, after wait: Duration) {
        after(wait) { [unowned self] () throws(WeirError) in
            for world in cluster.living where world.node == node { cluster.killTaskManager(world) }
            startTaskManager(onNode: node, after: .zero)
        }
    }

    /// Starts a process, and again a little later where a disk's fault is in the way, as a supervisor does.
    private func start(
        after wait: Duration,
        _ body: @escaping () throws(WeirError) -> Void
    ) {
        after(wait) { [unowned self] () throws(WeirError) in
            do throws(WeirError) {
                try body()
            } catch  where error.code == .fileFailed || error.code == .diskFull {
                start(after: .milliseconds(10), body)
            }
        }
    }

    private func freeze(_ worlds: [SimulatedWorld], _ time: Duration) {
        for world in worlds { world.isFrozen = true }
        after(time) { for world in worlds { world.isFrozen = false } }
    }

    private func cut(
        _ one: String,
        _ two: String,
        _ direction: ClusterFault.Direction,
        _ time: Duration
    ) {
        let network = cluster.world.loopback
        switch direction {
        case .there: network.cut(from: one, to: two)
        case .back: network.cut(from: two, to: one)
        case .both: network.cut(between: one, and: two)
        }
        after(time) { network.heal(between: one, and: two) }
    }

    private func slow(_ node: String, _ delay: Duration, _ time: Duration) {
        let network = cluster.world.loopback
        let others = cluster.nodes.filter { $0 != node }
        for other in others {
            network.delay(from: node, to: other, by: Int(delay.wholeNanoseconds))
            network.delay(from: other, to: node, by: Int(delay.wholeNanoseconds))
        }
        after(time) { network.removeDelays() }
    }

    private func failFile(
        _ operation: FileOperation,
        _ path: String,
        after successes: Int,
        isLasting: Bool
    ) {
        let disk = cluster.world.disk
        disk.inject(FileFault(operation, path: path, after: successes, isLasting: isLasting))
        guard isLasting else { return }
        self.after(.milliseconds(50)) { disk.removeFaults() }
    }

    /// Ends all faults that last and brings all processes back, as of now.
    ///
    /// - Throws: what the start of a process throws.
    public func endAll() throws(WeirError) {
        // First what could be in the way of a process that starts.
        cluster.world.disk.removeFaults()
        cluster.world.disk.capacityBytes = nil
        let last = steps.sorted { $0.at < $1.at }
        steps.removeAll()
        for step in last {
            if case .end(let body) = step.step { try body() }
        }
    }
}
