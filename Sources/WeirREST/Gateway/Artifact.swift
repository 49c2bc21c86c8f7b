/// A job bundle that can be run.
public struct Artifact: Sendable, Equatable {
    /// Its id: one part of a path.
    public var id: String
    /// The name under which it was uploaded.
    public var name: String
    /// When it was uploaded.
    public var uploadTime: Int64

    /// Wraps the facts.
    public init(id: String, name: String, uploadTime: Int64) {
        self.id = id
        self.name = name
        self.uploadTime = uploadTime
    }
}

/// A file that was uploaded as a whole and waits for the cluster to take it.
public struct ArtifactUpload: Sendable, Equatable {
    /// Where it lies now; synchronized to the disk.
    public var path: String
    /// The name that the client gave, without directories.
    public var name: String
    /// How many bytes it has.
    public var sizeBytes: Int
    /// SHA-256 of its content, 64 lower-case hexadecimal digits.
    public var sha256: String

    /// Wraps the facts.
    public init(path: String, name: String, sizeBytes: Int, sha256: String) {
        self.path = path
        self.name = name
        self.sizeBytes = sizeBytes
        self.sha256 = sha256
    }
}

/// How a job is started from an artifact.
public struct RunRequest: Sendable, Equatable {
    /// Which entry of the bundle; nil for its only one.
    public var entry: String?
    /// Arguments of the job.
    public var arguments: [String]
    /// The job's default parallelism; nil for the configured one.
    public var parallelism: Int?
    /// The id that the job gets; nil to draw one.
    public var jobID: String?
    /// Whether state that finds no operator is given up.
    public var allowsUnmatchedState: Bool
    /// The snapshot to start from.
    public var savepointLocation: String?
    /// Who owns that snapshot afterwards; nil for the configured way.
    public var claimMode: ClaimMode?
    /// Configuration of this job.
    public var configuration: [String: String]
    /// What people call the job; nil for the program's own name.
    public var name: String?
    /// Where its relative paths start, on all machines of the cluster; nil for where the processes that
    /// run it were started.
    public var workingDirectory: String?
    /// Names of states and operators whose part of the snapshot is given up.
    public var droppedStates: [String]

    /// Wraps the facts; without arguments, a start as the bundle says.
    public init(
        entry: String? = nil,
        arguments: [String] = [],
        parallelism: Int? = nil,
        jobID: String? = nil,
        allowsUnmatchedState: Bool = false,
        savepointLocation: String? = nil,
        claimMode: ClaimMode? = nil,
        configuration: [String: String] = [:],
        name: String? = nil,
        workingDirectory: String? = nil,
        droppedStates: [String] = []
    ) {
        self.entry = entry
        self.arguments = arguments
        self.parallelism = parallelism
        self.jobID = jobID
        self.allowsUnmatchedState = allowsUnmatchedState
        self.savepointLocation = savepointLocation
        self.claimMode = claimMode
        self.configuration = configuration
        self.name = name
        self.workingDirectory = workingDirectory
        self.droppedStates = droppedStates
    }

    /// Who owns the snapshot that a job starts from; the raw values are Flink's.
    public enum ClaimMode: String, Sendable, CaseIterable {
        /// The job, which may remove it.
        case claim = "CLAIM"
        /// Who made it; the job never needs it after its own first one.
        case noClaim = "NO_CLAIM"
        /// Who made it; the job may need it for ever.
        case legacy = "LEGACY"
    }
}
