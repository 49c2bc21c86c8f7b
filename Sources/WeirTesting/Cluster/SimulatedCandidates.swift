import Synchronization
import WeirCore
import WeirJobManager
import WeirSimulation

/// Job managers of one simulated cluster, each on a node of its own: one leads, the others stand by.
final class SimulatedCandidates: Sendable {
    /// A job manager that leads, or led last.
    struct Leader: Sendable {
        let world: SimulatedWorld
        let manager: RunningJobManager
    }

    private struct State {
        var leader: Leader?
        /// By node.
        var processes: [String: SimulatedWorld] = [:]
    }

    /// Their names, by which task managers reach them.
    let nodes: [String]
    private let root: SimulatedWorld
    private let store: ModelLeaseStore
    private let notices: Record<String>
    private let options: @Sendable (_ node: String) -> JobManager.Options
    private let state = Mutex(State())

    /// So many of which none runs yet; `options` says how one is to be run on a node.
    init(
        _ root: SimulatedWorld,
        count: Int,
        notices: Record<String>,
        options: @escaping @Sendable (_ node: String) -> JobManager.Options
    ) {
        self.root = root
        nodes = (1...count).map { $0 == 1 ? root.node : "\(root.node)-\($0)" }
        store = ModelLeaseStore(root.clock)
        self.notices = notices
        self.options = options
    }

    /// The one that leads since last; nil: it has ended, or none has led.
    var leader: Leader? { state.withLock { $0.leader } }

    /// Starts a process on each node where none lives.
    func startThoseThatEnded() {
        for node in nodes where state.withLock({ $0.processes[node] == nil }) { start(node) }
    }

    /// Ends the leader's process as `kill -9` does.
    func killLeader() {
        guard let leader else { return }
        leader.world.killProcess()
        ended(leader.world)
    }

    /// Ends all processes as `kill -9` does.
    func killAll() {
        for node in nodes {
            guard let world = state.withLock({ $0.processes[node] }) else { continue }
            world.killProcess()
            ended(world)
        }
    }

    private func ended(_ world: SimulatedWorld) {
        state.withLock { state in
            state.processes[world.node] = nil
            if state.leader?.world === world { state.leader = nil }
        }
    }

    private func start(_ node: String) {
        let world = root.makeProcess(node: node)
        state.withLock { $0.processes[node] = world }
        _ = Candidate.start(
            world,
            store,
            as: node,
            Candidate.Callbacks(
                onLead: { [weak self] leadership in
                    // Not on the thread that renews the lease.
                    world.threads.background { [weak self] in self?.lead(world, leadership) }
                },
                onDepose: { [weak self, notices, root] error in
                    notices.add("\(node): \(error)")
                    self?.ended(world)
                    // As a supervisor does.
                    root.threads.background { [weak self] in self?.startThoseThatEnded() }
                    world.endProcess(code: error.exitCode)
                },
                onNotice: { [notices] in notices.add("\(node): \($0)") }
            )
        )
    }

    private func lead(_ world: SimulatedWorld, _ leadership: Leadership) {
        do throws(WeirError) {
            let manager = try JobManager(world: world, options: options(world.node))
                .start(leading: leadership) { [notices] in notices.add("job manager: \($0)") }
            notices.add("\(world.node): leads with epoch \(leadership.epoch)")
            state.withLock { $0.leader = Leader(world: world, manager: manager) }
        } catch {
            notices.add("\(world.node): could not lead: \(error)")
            ended(world)
            world.endProcess(code: error.exitCode)
        }
    }
}
