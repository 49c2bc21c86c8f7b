/// The checkpoints of a job.
public struct CheckpointStatistics: Sendable, Equatable {
    /// How many there were of each kind.
    public var counts: CheckpointCounts
    /// Sizes and times of the completed ones.
    public var summary: CheckpointSummary
    /// The youngest completed checkpoint that is no savepoint.
    public var latestCompleted: CheckpointDetails?
    /// The youngest completed savepoint.
    public var latestSavepoint: CheckpointDetails?
    /// The youngest failed one.
    public var latestFailed: CheckpointDetails?
    /// The snapshot from which the job was last restored.
    public var latestRestored: RestoredCheckpoint?
    /// The youngest ones, the youngest first.
    public var history: [CheckpointDetails]

    /// Wraps the facts.
    public init(
        counts: CheckpointCounts,
        summary: CheckpointSummary,
        latestCompleted: CheckpointDetails? = nil,
        latestSavepoint: CheckpointDetails? = nil,
        latestFailed: CheckpointDetails? = nil,
        latestRestored: RestoredCheckpoint? = nil,
        history: [CheckpointDetails]
    ) {
        self.counts = counts
        self.summary = summary
        self.latestCompleted = latestCompleted
        self.latestSavepoint = latestSavepoint
        self.latestFailed = latestFailed
        self.latestRestored = latestRestored
        self.history = history
    }
}

/// How many checkpoints there were.
public struct CheckpointCounts: Sendable, Equatable {
    /// Restores from one.
    public var restored: Int
    /// All that were triggered.
    public var total: Int
    /// Those under way.
    public var inProgress: Int
    /// Those that completed.
    public var completed: Int
    /// Those that failed.
    public var failed: Int

    /// Wraps the numbers.
    public init(restored: Int, total: Int, inProgress: Int, completed: Int, failed: Int) {
        self.restored = restored
        self.total = total
        self.inProgress = inProgress
        self.completed = completed
        self.failed = failed
    }
}

/// Sizes and times of completed checkpoints, in bytes and milliseconds.
public struct CheckpointSummary: Sendable, Equatable {
    /// Bytes that were written for each.
    public var checkpointedSize: Distribution
    /// Bytes that a restore from each would read.
    public var stateSize: Distribution
    /// From the trigger to the last acknowledgement.
    public var endToEndDuration: Distribution
    /// Bytes that went by during alignment.
    public var processedData: Distribution
    /// Bytes in flight that became part of it.
    public var persistedData: Distribution

    /// Wraps the distributions.
    public init(
        checkpointedSize: Distribution = Distribution(of: []),
        stateSize: Distribution = Distribution(of: []),
        endToEndDuration: Distribution = Distribution(of: []),
        processedData: Distribution = Distribution(of: []),
        persistedData: Distribution = Distribution(of: [])
    ) {
        self.checkpointedSize = checkpointedSize
        self.stateSize = stateSize
        self.endToEndDuration = endToEndDuration
        self.processedData = processedData
        self.persistedData = persistedData
    }
}

/// The snapshot from which a job was restored.
public struct RestoredCheckpoint: Sendable, Equatable {
    /// Its number.
    public var id: UInt64
    /// When it was restored.
    public var restoreTime: Int64
    /// Whether it is a savepoint.
    public var isSavepoint: Bool
    /// Where it lies.
    public var location: String

    /// Wraps the facts.
    public init(id: UInt64, restoreTime: Int64, isSavepoint: Bool, location: String) {
        self.id = id
        self.restoreTime = restoreTime
        self.isSavepoint = isSavepoint
        self.location = location
    }
}
