import WeirCore

/// Everything that a checkpoint or savepoint consists of; with the files it names it is complete.
///
/// Files are named relative to the store, so a snapshot can be moved as a whole.
public struct CheckpointManifest: Hashable, Sendable {
    /// Why the snapshot was taken.
    public enum Purpose: UInt8, Sendable, CaseIterable {
        /// Periodically; retention deletes it some day.
        case checkpoint
        /// At the end of the job: its completion committed the tail.
        case final
        /// On request; it is kept until a person deletes it.
        case savepoint
    }

    /// The job.
    public var jobID: String
    /// What people call the job.
    public var jobName: String
    /// The checkpoint's number.
    public var checkpoint: CheckpointID
    /// The attempt that took it.
    public var attempt: Attempt
    /// The leader epoch under which it was published; 0 in an embedded run.
    public var epoch: UInt64
    /// Why it was taken.
    public var purpose: Purpose
    /// Whether it contains in-flight data.
    public var isUnaligned: Bool
    /// Wall-clock milliseconds at which it was triggered.
    public var triggeredAt: Int64
    /// Wall-clock milliseconds at which the last task had answered.
    public var completedAt: Int64
    /// The number of key groups of the job.
    public var maxParallelism: Int
    /// The operators, by ascending id.
    public var operators: [OperatorSnapshot]

    /// Makes a manifest; the operators are sorted by id.
    public init(
        jobID: String,
        jobName: String,
        checkpoint: CheckpointID,
        attempt: Attempt,
        epoch: UInt64 = 0,
        purpose: Purpose = .checkpoint,
        isUnaligned: Bool = false,
        triggeredAt: Int64,
        completedAt: Int64,
        maxParallelism: Int,
        operators: [OperatorSnapshot]
    ) {
        self.jobID = jobID
        self.jobName = jobName
        self.checkpoint = checkpoint
        self.attempt = attempt
        self.epoch = epoch
        self.purpose = purpose
        self.isUnaligned = isUnaligned
        self.triggeredAt = triggeredAt
        self.completedAt = completedAt
        self.maxParallelism = maxParallelism
        self.operators = operators.sorted { $0.id < $1.id }
    }

    /// Every file that the snapshot needs, in manifest order, each once.
    public var files: [FileHandle] {
        var seen: Set<String> = []
        return operators.flatMap(\.subtasks).flatMap(\.files).filter {
            seen.insert($0.name).inserted
        }
    }

    /// Bytes of all files, each counted once.
    public var byteCount: Int { files.reduce(0) { $0 &+ $1.size } }
}

/// The state of one operator in a snapshot.
public struct OperatorSnapshot: Hashable, Sendable {
    /// Names the operator across runs and edits of the job.
    public var id: OperatorID
    /// What people call it.
    public var name: String
    /// The declared name or structural path that `id` is the hash of.
    public var path: String
    /// How many subtasks it had.
    public var parallelism: Int
    /// Its keyed states.
    public var states: [StateSchema]
    /// The state of its subtasks, by ascending index; those that had finished may be absent.
    public var subtasks: [SubtaskSnapshot]

    /// Makes an operator's part; the subtasks are sorted by index.
    public init(
        id: OperatorID,
        name: String,
        path: String,
        parallelism: Int,
        states: [StateSchema] = [],
        subtasks: [SubtaskSnapshot]
    ) {
        self.id = id
        self.name = name
        self.path = path
        self.parallelism = parallelism
        self.states = states
        self.subtasks = subtasks.sorted { $0.index < $1.index }
    }

    /// Whether anything would be lost with it; a watermark alone is nothing.
    public var holdsState: Bool {
        !states.isEmpty
            || subtasks.contains { subtask in
                subtask.image != nil || !subtask.segments.isEmpty || !subtask.channels.isEmpty
                    || subtask.blobs.contains {
                        $0.name != StateBlob.watermarkName && !$0.elements.isEmpty
                    }
            }
    }
}

/// How the entries of one keyed state are to be read.
public struct StateSchema: Hashable, Sendable {
    /// The number that stands in segment entries and image keys; never reused for another state.
    public var id: UInt16
    /// The declared name.
    public var name: String
    /// What kind of state, by the number that `WeirState` gives it.
    public var kind: UInt8
    /// Identifies the key's schema.
    public var keySchemaID: UInt32
    /// Identifies the value's schema.
    public var valueSchemaID: UInt32
    /// The encoded schema of the key.
    public var keySchema: [UInt8]
    /// The encoded schema of the value.
    public var valueSchema: [UInt8]

    /// The kind of a state that was given up, and of which only the number is still taken.
    public static let retired: UInt8 = 0x7F

    /// Whether the state was given up, and only its number is still taken.
    public var isRetired: Bool { kind == Self.retired }

    /// Describes a state.
    public init(
        id: UInt16,
        name: String,
        kind: UInt8,
        keySchemaID: UInt32 = 0,
        valueSchemaID: UInt32 = 0,
        keySchema: [UInt8] = [],
        valueSchema: [UInt8] = []
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.keySchemaID = keySchemaID
        self.valueSchemaID = valueSchemaID
        self.keySchema = keySchema
        self.valueSchema = valueSchema
    }
}

/// The state of one subtask of an operator.
public struct SubtaskSnapshot: Hashable, Sendable {
    /// Which subtask.
    public var index: Int
    /// The key groups it owned; empty if it has no keyed state.
    public var keyGroups: KeyGroupRange
    /// The image of its keyed state; nil if all of it is in the segments.
    public var image: ImageHandle?
    /// The segments on top of the image, oldest first.
    public var segments: [SegmentHandle]
    /// Operator state: lists, broadcast, splits, watermark generators, pending commits.
    public var blobs: [StateBlob]
    /// What the barrier overtook, of an unaligned checkpoint.
    public var channels: [ChannelHandle]

    /// Makes a subtask's part.
    public init(
        index: Int,
        keyGroups: KeyGroupRange = KeyGroupRange(0, 0),
        image: ImageHandle? = nil,
        segments: [SegmentHandle] = [],
        blobs: [StateBlob] = [],
        channels: [ChannelHandle] = []
    ) {
        self.index = index
        self.keyGroups = keyGroups
        self.image = image
        self.segments = segments
        self.blobs = blobs
        self.channels = channels
    }

    /// The files it needs: image, segments, channels.
    public var files: [FileHandle] {
        (image?.files.map(\.file) ?? []) + segments.map(\.file) + channels.map(\.file)
    }

    /// The blob of a name, or nil if there is none.
    public func blob(_ name: String) -> StateBlob? { blobs.first { $0.name == name } }
}
