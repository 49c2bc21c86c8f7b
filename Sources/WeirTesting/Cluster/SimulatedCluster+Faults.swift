import WeirCore
import WeirSimulation

/// What faults need to know of a cluster, and those that are the cluster's own.
extension SimulatedCluster {
    /// A worker that lives, counted around; nil if there is none.
    public func liveWorker(_ number: Int) -> SimulatedWorld? {
        let live = workers.all.filter(\.isAlive)
        return live.isEmpty ? nil : live[number % live.count]
    }

    /// A task manager that lives, counted around; nil if there is none.
    public func liveTaskManager(_ number: Int) -> SimulatedWorld? {
        living.isEmpty ? nil : living[number % living.count]
    }

    /// A task manager that lives on another node than one, counted around; nil if there is none.
    func liveTaskManager(_ number: Int, except node: String) -> SimulatedWorld? {
        let others = living.filter { $0.node != node }
        return others.isEmpty ? nil : others[number % others.count]
    }

    /// The workers of a node that live.
    public func workers(ofNode node: String) -> [SimulatedWorld] {
        workers.all.filter { $0.node == node && $0.isAlive }
    }

    /// The names of all nodes.
    public var nodes: [String] {
        (candidates?.nodes ?? [world.node]) + nodesOfTaskManagers.map(\.node)
    }

    /// Delivers control messages again that went by before, so many of them.
    public func replayMessages(_ count: Int) { replayer.replay(count) }

    /// Control messages that were delivered again.
    public var replayedMessages: Int { replayer.replayed }

    /// Cuts the power of all nodes; nothing runs any more.
    public func cutPower() {
        for worker in workers.all where worker.isAlive { worker.killProcess() }
        for taskManager in living { killTaskManager(taskManager) }
        killJobManager()
        candidates?.killAll()
        world.disk.crash()
    }
}
