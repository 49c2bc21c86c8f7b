/// How far a task is with a checkpoint; for the message when it is too slow.
public enum CheckpointPhase: String, Hashable, Sendable {
    /// No barrier has come yet.
    case waitingForBarrier = "waiting for the barrier"
    /// Some channels' barriers have come, or it is on its way through the operators.
    case aligning = "aligning its inputs"
    /// The line is drawn, the state is being serialised.
    case serialising = "serialising its state"
    /// Files are being written.
    case storing = "storing files"
}
