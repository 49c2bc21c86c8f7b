import WeirCore

/// Where a coordinator stands.
extension CheckpointCoordinator {
    enum Phase: Sendable {
        /// The tasks of the attempt do not all run yet, or the job is to be restarted.
        case deploying
        case idle
        case gathering(PendingCheckpoint)
        /// All have answered; the store is writing the manifest.
        case publishing(PendingCheckpoint)
    }

    enum Ending: Sendable {
        case none
        /// The next checkpoint is the last one. A suspension leaves more input.
        case wanted(isSuspension: Bool)
        /// The last checkpoint is complete; the tasks are ending.
        case completed(CheckpointID, isSuspension: Bool)
        /// The job has ended, or a stop was given up.
        case finished
    }
}

#if Sabotage
extension CheckpointCoordinator.Phase {
    /// For `TransitionCoverage`, which is told of each event.
    var name: String {
        switch self {
        case .deploying: "deploying"
        case .idle: "idle"
        case .gathering: "gathering"
        case .publishing: "publishing"
        }
    }
}
#endif
