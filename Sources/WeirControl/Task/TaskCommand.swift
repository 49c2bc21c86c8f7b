import WeirCore

/// What all tasks of an attempt are told.
public enum TaskCommand: Sendable, Equatable {
    /// A checkpoint is durable: sinks commit, segments may be folded.
    case completed(CheckpointID, Attempt)
    /// A checkpoint will never complete.
    case aborted(CheckpointID, Attempt)
    /// The sources stop; with `drain` time is brought to its end as if the input had ended.
    case stopSources(drain: Bool)
}
