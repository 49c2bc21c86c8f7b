import WeirCore
import WeirPlan

/// What is known of a running job, for people: progress, rates, checkpoints, latency.
public struct JobStatus: Sendable {
    /// Nanoseconds since the job was started.
    public var elapsedNanoseconds: Int64 = 0
    /// Rows made by all sources since the attempt began.
    ///
    /// Exact once the job has ended; what was read before a start or a restart is not counted.
    public var sourceRows: Int64 = 0
    /// Rows that came too late.
    public var lateRows: Int64 = 0
    /// Records that could not be decoded or processed.
    public var malformedRecords: Int64 = 0
    /// The least watermark of the tasks that have one, in milliseconds; nil before the first.
    public var watermark: Int64?
    /// The last completed checkpoint.
    public var lastCheckpoint: CheckpointID = .none
    /// Checkpoints completed by this process.
    public var completedCheckpoints = 0
    /// Checkpoints that failed in this process.
    public var failedCheckpoints = 0
    /// Nanoseconds that the last checkpoint took.
    public var lastCheckpointNanoseconds: Int64 = 0
    /// Share of the bounded sources that was read, 0 to 1; nil if unknown.
    public var progress: Double?
    /// Time from source to sink, in nanoseconds: half of the markers were faster.
    public var latencyMedian: Int64 = 0
    /// Time from source to sink, in nanoseconds: 99 of 100 markers were faster.
    public var latency99: Int64 = 0
    /// Failures that were answered by a restart.
    public var restarts = 0
    /// The last checkpoints; nil before the job's first step.
    public var checkpoints: CheckpointHistory?
    /// Counters of each task.
    public var tasks: [TaskID: TaskMetrics] = [:]

    /// Nothing yet.
    public init() {}
}

/// How a job ended.
public enum JobOutcome: Sendable, Equatable {
    /// All input was processed, all output committed.
    case finished
    /// It was stopped; it goes on from its last checkpoint when started again.
    case suspended
    /// It was ended without a last checkpoint.
    case cancelled
    /// It failed and does not go on by itself.
    case failed(WeirError)
}
