/// What can be set about a job's run, with its defaults.
///
/// `SettingCatalogue` lists the fields under the names that people write; nothing else gives them
/// other values.
public struct JobSettings: Sendable, Equatable {
    // MARK: Shape

    /// Parallel instances of an operator that does not say otherwise.
    public var parallelism = 1
    /// Key groups of the job: the bound of its parallelism for ever.
    public var maxParallelism = 128
    /// Whether neighbouring operators run as one task.
    public var isChainingEnabled = true

    // MARK: Data

    /// Rows in a full batch.
    public var batchCapacity = 1024
    /// How long a row may wait for its batch to fill.
    public var bufferTimeout = Duration.milliseconds(2)
    /// Bytes that the process may use.
    public var memory = ByteCount.mebibytes(1024)

    /// Percent of the memory for keyed state up to which segments are merged and not folded.
    public var mergeMemoryPercent = 87
    /// Restored state of so many bytes is read before the first record.
    public var eagerRestoreSize = ByteCount.mebibytes(4)

    // MARK: Checkpoints

    /// Time from one checkpoint's start to the next; zero: no checkpoints.
    public var checkpointInterval = Duration.seconds(1)
    /// Age at which a checkpoint that has not completed is given up.
    public var checkpointTimeout = Duration.seconds(600)
    /// Age at which a checkpoint's barriers overtake the data in front of them; zero: at once.
    public var alignedCheckpointTimeout = Duration.milliseconds(500)
    /// Shortest time from the end of a checkpoint to the start of the next.
    public var checkpointMinimumPause = Duration.zero
    /// Checkpoints that may fail in a row before the job does; -1: any number.
    public var tolerableFailedCheckpoints = -1
    /// Completed checkpoints that are kept.
    public var retainedCheckpoints = 3
    /// Time after which the copy of a checkpoint that shares no file with those retained is made anew;
    /// zero: there is none.
    public var fallbackInterval = Duration.seconds(60)

    // MARK: Restarts

    /// What happens after a failure.
    public var restartStrategy = RestartStrategyKind.exponentialDelay
    /// Restarts of a job with `fixedDelay`.
    public var fixedDelayAttempts = 3
    /// Wait before each restart with `fixedDelay`.
    public var fixedDelay = Duration.seconds(1)
    /// First wait with `exponentialDelay`.
    public var initialBackoff = Duration.milliseconds(100)
    /// Longest wait with `exponentialDelay`.
    public var maximumBackoff = Duration.seconds(60)
    /// Each wait is this many times the one before, with `exponentialDelay`.
    public var backoffMultiplier = 2.0
    /// Time without a failure after which the wait is the first one again.
    public var backoffResetThreshold = Duration.seconds(600)
    /// Failures within the interval that are still answered by a restart, with `failureRate`.
    public var failureRateMaximum = 3
    /// The interval of `failureRate`.
    public var failureRateInterval = Duration.seconds(60)
    /// Wait before each restart with `failureRate`.
    public var failureRateDelay = Duration.seconds(1)

    /// The defaults.
    public init() {}
}

/// What happens after a failure of a job.
public enum RestartStrategyKind: String, Sendable, CaseIterable {
    /// It starts again after a wait that grows with each failure.
    case exponentialDelay = "exponential-delay"
    /// It starts again a number of times, always after the same wait.
    case fixedDelay = "fixed-delay"
    /// It starts again unless failures come too fast.
    case failureRate = "failure-rate"
    /// It fails.
    case none = "none"
}
