/// All settings, in the order in which `weir config` prints them.
public enum SettingCatalogue {
    /// The settings of all areas.
    public static let all: [Setting] = shape + data + checkpoints + restarts

    /// The setting with this key, or nil.
    public static func setting(_ key: String) -> Setting? { all.first { $0.key == key } }

    /// The setting with this key.
    ///
    /// - Throws: `unknownKey`, with the nearest known key and the place of the mistake.
    public static func setting(_ key: String, position: String) throws(WeirError) -> Setting {
        if let setting = setting(key) { return setting }
        let nearest = NearestName.find(key, among: all.map(\.key))
        throw WeirError(
            .unknownKey,
            "There is no setting '\(key)'.",
            position: position,
            reason: "A misspelt setting would silently have no effect.",
            fix: nearest.map { "Did you mean \($0)? See also `weir config`." }
                ?? "See `weir config` for all settings."
        )
    }

    private static let shape: [Setting] = [
        .integer(
            "parallelism.default",
            1...32768,
            \.parallelism,
            "Parallel instances of each operator that does not say otherwise."
        ),
        .integer(
            "pipeline.max-parallelism",
            1...32768,
            \.maxParallelism,
            "Key groups of the job: the highest parallelism it can ever have. Fixed by the first "
                + "checkpoint."
        ),
        .boolean(
            "pipeline.operator-chaining.enabled",
            \.isChainingEnabled,
            "Whether neighbouring operators run as one task, without a queue between them."
        ),
    ]

    private static let data: [Setting] = [
        .integer(
            "execution.batch-capacity",
            1...65536,
            \.batchCapacity,
            "Rows in a full batch. Results do not depend on it."
        ),
        .duration(
            "execution.buffer-timeout",
            .zero ... .seconds(60),
            \.bufferTimeout,
            "How long a row may wait for its batch to fill. Smaller: lower latency under light "
                + "load."
        ),
        .bytes(
            "taskmanager.memory.process.size",
            .mebibytes(16) ... .mebibytes(64 << 20),
            \.memory,
            "Memory that the process takes at most, beside what it had at its start: state, caches, "
                + "buffers; user code is not counted. State beyond its share goes to disk."
        ),
        .integer(
            "state.backend.merge-memory-percent",
            0...100,
            \.mergeMemoryPercent,
            "Share of the memory for keyed state up to which the segments of checkpoints are merged "
                + "among themselves; past it they are folded into an image on disk, from which "
                + "evicted state is read. 0: always folded."
        ),
        .bytes(
            "state.backend.eager-restore-size",
            .mebibytes(0) ... .mebibytes(64 << 20),
            \.eagerRestoreSize,
            "State in segments of up to so many bytes is read before the first record; more is "
                + "loaded while records are processed."
        ),
    ]

    private static let checkpoints: [Setting] = [
        .duration(
            "execution.checkpointing.interval",
            .zero ... .seconds(86400),
            \.checkpointInterval,
            "Time from one checkpoint to the next; 0: no checkpoints, and nothing to resume from."
        ),
        .duration(
            "execution.checkpointing.timeout",
            .milliseconds(10) ... .seconds(86400),
            \.checkpointTimeout,
            "Age at which a checkpoint that has not completed is given up."
        ),
        .duration(
            "execution.checkpointing.aligned-checkpoint-timeout",
            .zero ... .seconds(86400),
            \.alignedCheckpointTimeout,
            "Age at which a checkpoint's barriers overtake the data in front of them, which then "
                + "becomes part of the checkpoint; 0: at once."
        ),
        .duration(
            "execution.checkpointing.min-pause",
            .zero ... .seconds(86400),
            \.checkpointMinimumPause,
            "Shortest time from the end of a checkpoint to the start of the next."
        ),
        .integer(
            "execution.checkpointing.tolerable-failed-checkpoints",
            -1...1_000_000,
            \.tolerableFailedCheckpoints,
            "Checkpoints that may fail in a row before the job does; -1: any number."
        ),
        .integer(
            "state.checkpoints.num-retained",
            1...1000,
            \.retainedCheckpoints,
            "Completed checkpoints that are kept. More than one: a corrupt checkpoint can be "
                + "replaced by the one before."
        ),
        .duration(
            "state.checkpoints.fallback-interval",
            .zero ... .seconds(86400 * 365),
            \.fallbackInterval,
            "How old the copy of a checkpoint in DIR/fallback may become. It has files of its own, so "
                + "that damage to a file of all retained checkpoints loses no state. Takes as many "
                + "bytes as a checkpoint has, twice while it is renewed, and writes at most what "
                + "checkpoints write anyway; 0: no copy."
        ),
    ]

    private static let restarts: [Setting] = [
        .choice(
            "restart-strategy.type",
            \.restartStrategy,
            "What happens after a failure of the job."
        ),
        .duration(
            "restart-strategy.exponential-delay.initial-backoff",
            .milliseconds(1) ... .seconds(86400),
            \.initialBackoff,
            "First wait before a restart, with exponential-delay."
        ),
        .duration(
            "restart-strategy.exponential-delay.max-backoff",
            .milliseconds(1) ... .seconds(86400),
            \.maximumBackoff,
            "Longest wait before a restart, with exponential-delay."
        ),
        .number(
            "restart-strategy.exponential-delay.backoff-multiplier",
            1...100,
            \.backoffMultiplier,
            "Each wait is this many times the one before, with exponential-delay."
        ),
        .duration(
            "restart-strategy.exponential-delay.reset-backoff-threshold",
            .milliseconds(1) ... .seconds(86400 * 365),
            \.backoffResetThreshold,
            "Time without a failure after which the wait is the first one again."
        ),
        .integer(
            "restart-strategy.fixed-delay.attempts",
            0...1_000_000,
            \.fixedDelayAttempts,
            "Restarts before the job fails, with fixed-delay."
        ),
        .duration(
            "restart-strategy.fixed-delay.delay",
            .zero ... .seconds(86400),
            \.fixedDelay,
            "Wait before each restart, with fixed-delay."
        ),
        .integer(
            "restart-strategy.failure-rate.max-failures-per-interval",
            1...1_000_000,
            \.failureRateMaximum,
            "Failures within the interval that are still answered by a restart, with "
                + "failure-rate."
        ),
        .duration(
            "restart-strategy.failure-rate.failure-rate-interval",
            .milliseconds(1) ... .seconds(86400 * 365),
            \.failureRateInterval,
            "The interval in which failures are counted, with failure-rate."
        ),
        .duration(
            "restart-strategy.failure-rate.delay",
            .zero ... .seconds(86400),
            \.failureRateDelay,
            "Wait before each restart, with failure-rate."
        ),
    ]
}
