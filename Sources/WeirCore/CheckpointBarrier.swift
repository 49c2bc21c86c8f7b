/// The line that a checkpoint draws through a channel: what is before it belongs to the checkpoint.
///
/// Carbone et al., Lightweight Asynchronous Snapshots for Distributed Dataflows, 2015; unaligned
/// barriers after Chandy and Lamport 1985 and FLIP-76.
@frozen
public struct CheckpointBarrier: Hashable, Sendable {
    /// What kind of snapshot it asks for.
    @frozen
    public enum Purpose: UInt8, Sendable {
        /// A periodic checkpoint.
        case checkpoint
        /// The last one of a job that ends or drains; its completion commits the tail.
        case final
        /// None: it follows the rows that the restored checkpoint had in flight, and is aligned, so
        /// that no new row comes before one of them. Each task passes it on once.
        case replayEnd
    }

    /// The checkpoint.
    public let checkpoint: CheckpointID
    /// The attempt that triggered it; others are ignored.
    public let attempt: Attempt
    /// Why it is taken.
    public let purpose: Purpose
    /// Whether it overtakes the data before it, which then goes into the snapshot.
    public let isUnaligned: Bool
    /// The last checkpoint of the attempt that was complete when this one began.
    ///
    /// What this one refers to must be of that one: files that only an older one had may be deleted. The
    /// message that tells the same may come later than the barrier, which takes another way.
    public let completed: CheckpointID
    /// Monotonic nanoseconds at which the coordinator triggered it.
    public let triggeredAt: Int64

    /// Makes a barrier.
    @inlinable
    public init(
        checkpoint: CheckpointID,
        attempt: Attempt,
        purpose: Purpose = .checkpoint,
        isUnaligned: Bool = false,
        completed: CheckpointID = .none,
        triggeredAt: Int64
    ) {
        self.checkpoint = checkpoint
        self.attempt = attempt
        self.purpose = purpose
        self.isUnaligned = isUnaligned
        self.completed = completed
        self.triggeredAt = triggeredAt
    }

    /// Whether it may go before rows that it is stuck behind.
    ///
    /// The final line must leave nothing in flight: when it is complete, the job ends.
    @inlinable
    public var mayOvertake: Bool { purpose == .checkpoint }

    /// The same barrier, with another moment (monotonic nanoseconds of this machine).
    public func triggered(at moment: Int64) -> CheckpointBarrier {
        CheckpointBarrier(
            checkpoint: checkpoint,
            attempt: attempt,
            purpose: purpose,
            isUnaligned: isUnaligned,
            completed: completed,
            triggeredAt: moment
        )
    }

    /// The same barrier, overtaking.
    public var unaligned: CheckpointBarrier {
        CheckpointBarrier(
            checkpoint: checkpoint,
            attempt: attempt,
            purpose: purpose,
            isUnaligned: true,
            completed: completed,
            triggeredAt: triggeredAt
        )
    }
}
