import WeirCore

/// Names a file of a snapshot, so that it can be found and checked.
public struct FileHandle: Hashable, Sendable {
    /// The name in the `FileStore`; relative, so that snapshots can be moved.
    public let name: String
    /// Bytes.
    public let size: Int
    /// CRC32C of the whole file.
    public let checksum: UInt32
    /// From the lowest to the highest key group in it; empty if it is not sorted by key groups.
    public let keyGroups: KeyGroupRange

    /// Names a file that has been stored.
    public init(
        name: String,
        stored: StoredFile,
        keyGroups: KeyGroupRange = KeyGroupRange(0, 0)
    ) {
        self.name = name
        size = stored.size
        checksum = stored.checksum
        self.keyGroups = keyGroups
    }
}

/// A segment of a snapshot: what one subtask changed in one epoch.
public struct SegmentHandle: Hashable, Sendable {
    /// The file, of `SegmentFormat`.
    public let file: FileHandle
    /// The checkpoint at whose barrier the epoch ended.
    public let checkpoint: CheckpointID
    /// Entries, removals included.
    public let entryCount: Int

    /// Names a segment.
    public init(file: FileHandle, checkpoint: CheckpointID, entryCount: Int) {
        self.file = file
        self.checkpoint = checkpoint
        self.entryCount = entryCount
    }
}

/// The image of a subtask's keyed state, as of a checkpoint: a set of RocksDB files.
public struct ImageHandle: Hashable, Sendable {
    /// The files, each with the name that the image store gives it.
    public let files: [StoredImageFile]
    /// The last checkpoint whose segment is contained; later segments go on top.
    public let foldedThrough: CheckpointID

    /// Names an image.
    public init(files: [StoredImageFile], foldedThrough: CheckpointID) {
        self.files = files
        self.foldedThrough = foldedThrough
    }
}

/// One file of an image.
public struct StoredImageFile: Hashable, Sendable {
    /// The name inside the image's directory, such as `000012.sst` or `MANIFEST-000004`.
    public let localName: String
    /// The file in the store.
    public let file: FileHandle

    /// Names a file of an image.
    public init(localName: String, file: FileHandle) {
        self.localName = localName
        self.file = file
    }
}

/// Elements that a barrier overtook in one channel, of an unaligned checkpoint.
public struct ChannelHandle: Hashable, Sendable {
    /// The input of the subtask.
    public let input: Int
    /// The channel of that input.
    public let channel: Int
    /// The elements, in order; the runtime's format.
    public let file: FileHandle

    /// Names the recorded content of a channel.
    public init(input: Int, channel: Int, file: FileHandle) {
        self.input = input
        self.channel = channel
        self.file = file
    }
}

/// A state that is not keyed and small, kept in the manifest itself: a list of opaque elements.
public struct StateBlob: Hashable, Sendable {
    /// What it is for the operator, such as `splits`, `offsets`, `commits`, `channels`.
    public let name: String
    /// How elements find their subtasks at a restore, by the number that `WeirOperators` gives it.
    public let redistribution: UInt8
    /// The encoded elements; the operator's format.
    public let elements: [[UInt8]]

    /// The blob that holds an operator's watermark; operators cannot give a state this name.
    public static let watermarkName = "$watermark"

    /// Names a list of elements.
    public init(name: String, redistribution: UInt8, elements: [[UInt8]]) {
        self.name = name
        self.redistribution = redistribution
        self.elements = elements
    }
}
