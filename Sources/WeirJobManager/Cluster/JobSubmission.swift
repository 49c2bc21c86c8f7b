import WeirCore
import WeirPlan

/// A job as it is handed to a job manager.
public struct JobSubmission: Sendable {
    /// The id, which the client may choose: a second submission of the same id is the same job.
    public var id: JobID
    /// What people call it.
    public var name: String
    /// The executable, where all task managers find it.
    public var program: String
    /// The job's own arguments.
    public var arguments: [String]
    /// Where the job's relative paths start, on every task manager's machine; empty: where those of the
    /// task managers do.
    public var workingDirectory: String
    /// Settings that differ from their defaults, by key.
    public var settings: [String: String]
    /// What the executable makes of these arguments.
    public var graph: StreamGraph
    /// A snapshot to start from.
    public var snapshot: String?
    /// Names of states and operators whose snapshot is given up.
    public var droppedStates: Set<String>

    /// Describes a job.
    public init(
        id: JobID,
        name: String,
        program: String,
        arguments: [String],
        workingDirectory: String = "",
        settings: [String: String],
        graph: StreamGraph,
        snapshot: String? = nil,
        droppedStates: Set<String> = []
    ) {
        self.id = id
        self.name = name
        self.program = program
        self.arguments = arguments
        self.workingDirectory = workingDirectory
        self.settings = settings
        self.graph = graph
        self.snapshot = snapshot
        self.droppedStates = droppedStates
    }

    /// The settings as values.
    ///
    /// - Throws: `unknownKey`, `badValue`.
    func resolvedSettings() throws(WeirError) -> JobSettings { try Self.resolve(settings, of: id) }

    static func resolve(
        _ settings: [String: String],
        of id: JobID
    ) throws(WeirError) -> JobSettings {
        var resolved = ResolvedSettings()
        for (key, value) in settings.sorted(by: { $0.key < $1.key }) {
            try resolved.set(key, value, position: "job \(id)")
        }
        try resolved.checkTogether()
        return resolved.settings
    }
}
