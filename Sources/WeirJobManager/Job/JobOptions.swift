import WeirCore

/// How a job is to be run, as a person says it.
public struct JobOptions: Sendable {
    /// What can be set about a run.
    public var settings: JobSettings
    /// A snapshot to start from instead of the newest of the directory.
    public var snapshot: String?
    /// Whether to begin anew although the directory holds checkpoints.
    public var isFresh: Bool
    /// Operators whose state in the snapshot is given up.
    public var droppedStates: Set<String>

    /// The newest checkpoint of the directory, nothing given up.
    public init(
        settings: JobSettings,
        snapshot: String? = nil,
        isFresh: Bool = false,
        droppedStates: Set<String> = []
    ) {
        self.settings = settings
        self.snapshot = snapshot
        self.isFresh = isFresh
        self.droppedStates = droppedStates
    }
}
