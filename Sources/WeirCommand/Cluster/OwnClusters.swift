import Synchronization
import WeirCore

/// The clusters that a verb has started for itself: none is left when it ends, however it does.
final class OwnClusters: Sendable {
    let world: any World
    private let options: OwnClusterOptions
    /// The directories of clusters that run.
    private let running = Mutex<[String]>([])

    /// From here on an interrupt ends the clusters that run, and the process.
    init(_ options: OwnClusterOptions, verb: String, world: any World) {
        self.options = options
        self.world = world
        world.processes.onInterrupt { [self] in
            for directory in running.withLock({ $0 }) {
                try? OwnCluster.stop(directory, world: world)
            }
            world.processes.tell("\n\(verb): interrupted; its cluster has ended\n")
            world.processes.exit(130)
        }
    }

    /// Runs something on a cluster, which has ended afterwards, also after an error.
    func withCluster<Result>(
        _ body: (OwnCluster) throws(WeirError) -> Result
    ) throws(WeirError) -> Result {
        let cluster = try OwnCluster(options, world: world) { directory in
            running.withLock { $0.append(directory) }
        }
        let result: Result
        do throws(WeirError) {
            result = try body(cluster)
        } catch {
            // What went wrong first is what is told.
            try? end(cluster)
            throw error
        }
        try end(cluster)
        return result
    }

    private func end(_ cluster: OwnCluster) throws(WeirError) {
        try cluster.end()
        running.withLock { $0.removeAll { $0 == cluster.directory } }
    }
}
