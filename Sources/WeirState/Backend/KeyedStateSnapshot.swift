import WeirCore
import WeirSnapshot

/// What a backend adds to a checkpoint: all of its files are stored.
public struct KeyedStateSnapshot: Sendable {
    /// The checkpoint.
    public let checkpoint: CheckpointID
    /// The states, for the operator's part of the manifest.
    public let schemas: [StateSchema]
    /// The key groups of the subtask.
    public let keyGroups: KeyGroupRange
    /// The image; nil if nothing was folded yet.
    public let image: ImageHandle?
    /// The segments on top of the image, oldest first.
    public let segments: [SegmentHandle]
    /// Bytes that were stored for this checkpoint and not for one before.
    public let newBytes: Int
    /// The number that the backend knows each segment by.
    let ids: [UInt64]

    /// The segments by the number that the backend knows them by.
    var handles: [UInt64: SegmentHandle] {
        Dictionary(uniqueKeysWithValues: zip(ids, segments))
    }
}

/// Keyed state of an operator in a snapshot: what a backend is restored from.
public struct RestoredKeyedState: Sendable {
    /// The checkpoint.
    public let checkpoint: CheckpointID
    /// The states of the operator.
    public let schemas: [StateSchema]
    /// The subtasks of the operator, at the parallelism of the snapshot.
    public let subtasks: [SubtaskSnapshot]
    /// Where the files are.
    public let store: any FileStore

    /// Wraps the parts.
    public init(
        checkpoint: CheckpointID,
        schemas: [StateSchema],
        subtasks: [SubtaskSnapshot],
        store: any FileStore
    ) {
        self.checkpoint = checkpoint
        self.schemas = schemas
        self.subtasks = subtasks
        self.store = store
    }
}
