/// Something that goes wrong in a cluster; which process or node it hits is `victim`, counted around.
public enum ClusterFault: Sendable, Hashable {
    /// `kill -9` of a worker.
    case killWorker(victim: Int)
    /// `kill -9` of a task manager, whose workers follow it; another one starts on its node after a while.
    case killTaskManager(victim: Int, restartAfter: Duration)
    /// `kill -9` of the job manager; another one starts on its directory after a while.
    case killJobManager(restartAfter: Duration)
    /// A worker stands still, as by SIGSTOP.
    case freezeWorker(victim: Int, for: Duration)
    /// A task manager stands still, with its workers or without.
    case freezeTaskManager(victim: Int, withWorkers: Bool, for: Duration)
    /// The job manager stands still.
    case freezeJobManager(for: Duration)
    /// Threads do not run for up to so long, after one in so many of their steps.
    case holdThreads(oneIn: Int, by: Duration, for: Duration)
    /// What a task manager's node and the job manager's send each other does not arrive.
    case cutFromJobManager(victim: Int, direction: Direction, for: Duration)
    /// What the nodes of two task managers send each other does not arrive.
    case cutBetween(victim: Int, other: Int, direction: Direction, for: Duration)
    /// All connections of a task manager's node break.
    case resetConnections(victim: Int)
    /// Bytes between a task manager's node and all others take up to so much longer.
    case slowNetwork(victim: Int, by: Duration, for: Duration)
    /// A task manager that does not know the cluster's secret tries to register, until it is ended.
    case startImpostor(for: Duration)
    /// Control messages are delivered again, so many of those that went by.
    case replayMessages(count: Int)
    /// A file operation fails, after so many that succeed.
    case failFile(operation: FileOperation, path: String, after: Int, isLasting: Bool)
    /// No further byte fits on the disk.
    case fillDisk(for: Duration)
    /// Operations on the disk take up to so long each.
    case slowDisk(by: Duration, for: Duration)
    /// One in so many operations on the disk takes up to so long, and the others do not.
    case stutterDisk(oneIn: Int, by: Duration, for: Duration)
    /// The power fails for all nodes; what was not synchronised is lost, wholly or in part.
    case cutPower

    /// Whether it does something whatever the cluster does then.
    ///
    /// A file's fault waits for its operation, a message that is to come again for another one.
    public var isCertain: Bool {
        switch self {
        case .replayMessages, .failFile, .fillDisk: false
        case .killWorker, .killTaskManager, .killJobManager, .freezeWorker, .freezeTaskManager,
            .freezeJobManager, .holdThreads, .cutFromJobManager, .cutBetween, .resetConnections,
            .slowNetwork,
            .startImpostor, .slowDisk, .stutterDisk, .cutPower:
            true
        }
    }

    /// Which of two directions a cut is of.
    public enum Direction: Sendable, Hashable, CaseIterable {
        /// From the first to the second.
        case there
        /// From the second to the first.
        case back
        /// Both.
        case both
    }
}
