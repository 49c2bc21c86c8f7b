/// A checkpoint or savepoint.
public struct CheckpointDetails: Sendable, Equatable {
    /// How far it came.
    public enum Outcome: Sendable, Equatable {
        /// Waits for acknowledgements.
        case inProgress
        /// Complete; lies at `location` unless it was discarded.
        case completed(location: String, isDiscarded: Bool)
        /// Given up.
        case failed(time: Int64, message: String)
    }

    /// What it is for; the raw values are Flink's.
    public enum Kind: String, Sendable {
        /// Taken in turn, its barriers aligned.
        case aligned = "CHECKPOINT"
        /// Taken in turn; barriers overtook rows.
        case unaligned = "UNALIGNED_CHECKPOINT"
        /// Asked for.
        case savepoint = "SAVEPOINT"
        /// Asked for, with the end of the job.
        case synchronousSavepoint = "SYNC_SAVEPOINT"

        /// Whether somebody asked for it.
        public var isSavepoint: Bool { self == .savepoint || self == .synchronousSavepoint }
    }

    /// Its number.
    public var id: UInt64
    /// What it is for.
    public var kind: Kind
    /// How far it came.
    public var outcome: Outcome
    /// When it was triggered.
    public var triggerTime: Int64
    /// Sizes, times and acknowledgements of the whole.
    public var progress: CheckpointProgress
    /// The part of each vertex, by vertex id.
    public var tasks: [String: CheckpointProgress]

    /// Wraps the facts.
    public init(
        id: UInt64,
        kind: Kind,
        outcome: Outcome,
        triggerTime: Int64,
        progress: CheckpointProgress,
        tasks: [String: CheckpointProgress] = [:]
    ) {
        self.id = id
        self.kind = kind
        self.outcome = outcome
        self.triggerTime = triggerTime
        self.progress = progress
        self.tasks = tasks
    }
}

/// Sizes, times and acknowledgements of a checkpoint or of a vertex's part.
public struct CheckpointProgress: Sendable, Equatable {
    /// The last acknowledgement; nil before the first.
    public var latestAcknowledgement: Int64?
    /// Bytes that were written for it.
    public var checkpointedSize: Int64
    /// Bytes that a restore would read.
    public var stateSize: Int64
    /// Milliseconds from the trigger to the last acknowledgement.
    public var endToEndDuration: Int64
    /// Bytes that went by during alignment.
    public var processedData: Int64
    /// Bytes in flight that became part of it.
    public var persistedData: Int64
    /// Subtasks that must acknowledge.
    public var subtasks: Int
    /// Subtasks that did.
    public var acknowledgedSubtasks: Int

    /// Wraps the numbers.
    public init(
        latestAcknowledgement: Int64?,
        checkpointedSize: Int64,
        stateSize: Int64,
        endToEndDuration: Int64,
        processedData: Int64 = 0,
        persistedData: Int64 = 0,
        subtasks: Int,
        acknowledgedSubtasks: Int
    ) {
        self.latestAcknowledgement = latestAcknowledgement
        self.checkpointedSize = checkpointedSize
        self.stateSize = stateSize
        self.endToEndDuration = endToEndDuration
        self.processedData = processedData
        self.persistedData = persistedData
        self.subtasks = subtasks
        self.acknowledgedSubtasks = acknowledgedSubtasks
    }
}

/// How a job takes checkpoints.
public struct CheckpointConfiguration: Sendable, Equatable {
    /// Milliseconds between two.
    public var interval: Int64
    /// Milliseconds after which one is given up.
    public var timeout: Int64
    /// Milliseconds between the end of one and the next.
    public var minimumPause: Int64
    /// How many may be under way.
    public var maximumConcurrent: Int
    /// Whether the last one stays when the job ends.
    public var isRetainedAtEnd: Bool
    /// Where working state lives, in a word.
    public var stateBackend: String
    /// Where checkpoints lie, in a word.
    public var checkpointStorage: String
    /// Whether barriers may overtake rows.
    public var isUnalignedEnabled: Bool
    /// Failures in turn that a job survives.
    public var tolerableFailures: Int
    /// Milliseconds of alignment after which barriers overtake.
    public var alignedTimeout: Int64
    /// Whether checkpoints go on after some tasks have finished.
    public var continuesAfterTasksFinish: Bool

    /// Wraps the facts.
    public init(
        interval: Int64,
        timeout: Int64,
        minimumPause: Int64 = 0,
        maximumConcurrent: Int = 1,
        isRetainedAtEnd: Bool = true,
        stateBackend: String,
        checkpointStorage: String,
        isUnalignedEnabled: Bool = true,
        tolerableFailures: Int = 0,
        alignedTimeout: Int64 = 0,
        continuesAfterTasksFinish: Bool = true
    ) {
        self.interval = interval
        self.timeout = timeout
        self.minimumPause = minimumPause
        self.maximumConcurrent = maximumConcurrent
        self.isRetainedAtEnd = isRetainedAtEnd
        self.stateBackend = stateBackend
        self.checkpointStorage = checkpointStorage
        self.isUnalignedEnabled = isUnalignedEnabled
        self.tolerableFailures = tolerableFailures
        self.alignedTimeout = alignedTimeout
        self.continuesAfterTasksFinish = continuesAfterTasksFinish
    }
}
