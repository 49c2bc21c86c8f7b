import WeirCore
import WeirSnapshot

/// The part of a checkpoint that blocks: storing segments and image files.
///
/// Any one thread may run it, once. It keeps the files that it reads.
public struct KeyedStateUpload: Sendable {
    /// A segment on top of the image.
    struct Segment: Sendable {
        let id: UInt64
        let checkpoint: CheckpointID
        let local: LocalSegment
        /// Where a completed checkpoint has stored it.
        let handle: SegmentHandle?
    }

    /// The checkpoint.
    public let checkpoint: CheckpointID
    let place: KeyedStatePlace
    let schemas: [StateSchema]
    let image: CapturedBase?
    let segments: [Segment]

    /// Stores what no completed checkpoint has stored.
    ///
    /// - Throws: `diskFull`, `fileFailed`, `fileExists`; `cancelled` if it is not wanted any more.
    public func run(
        _ store: any FileStore,
        cancellation: Cancellation = Cancellation()
    ) throws(WeirError) -> KeyedStateSnapshot {
        var newBytes = 0
        var handles: [SegmentHandle] = []
        for segment in segments {
            try cancellation.check("The upload of checkpoint \(checkpoint)")
            if let handle = segment.handle {
                handles.append(handle)
                continue
            }
            handles.append(try self.store(segment, in: store))
            newBytes += segment.local.byteCount
        }
        return KeyedStateSnapshot(
            checkpoint: checkpoint,
            schemas: schemas,
            keyGroups: place.keyGroups,
            image: try storeImage(in: store, &newBytes),
            segments: handles,
            newBytes: newBytes,
            ids: segments.map(\.id)
        )
    }

    private func store(
        _ segment: Segment,
        in store: any FileStore
    ) throws(WeirError) -> SegmentHandle {
        try segment.local.materialise()
        let name = CheckpointNames.task(
            checkpoint,
            place.attempt,
            place.operatorID,
            subtask: place.subtask.index,
            kind: "segment-\(segment.id)"
        )
        let stored = try store.putIfAbsent(name, linking: segment.local.path)
        return SegmentHandle(
            file: FileHandle(
                name: name,
                stored: stored,
                keyGroups: segment.local.keyGroupRange
            ),
            checkpoint: segment.checkpoint,
            entryCount: segment.local.entryCount
        )
    }

    private func storeImage(
        in store: any FileStore,
        _ newBytes: inout Int
    ) throws(WeirError) -> ImageHandle? {
        guard let image else { return nil }
        var files: [StoredImageFile] = []
        for file in image.files {
            if let handle = image.stored[file.name] {
                files.append(StoredImageFile(localName: file.name, file: handle))
                continue
            }
            let name = CheckpointNames.shared(
                checkpoint,
                place.attempt,
                place.operatorID,
                subtask: place.subtask.index,
                localName: file.name
            )
            let stored = try store.putIfAbsent(name, linking: file.path)
            files.append(
                StoredImageFile(
                    localName: file.name,
                    file: FileHandle(name: name, stored: stored, keyGroups: place.keyGroups)
                )
            )
            newBytes += file.size
        }
        return ImageHandle(files: files, foldedThrough: image.foldedThrough)
    }
}

/// Where a backend runs.
public struct KeyedStatePlace: Sendable {
    /// The operator.
    public let operatorID: OperatorID
    /// What people call it.
    public let operatorName: String
    /// Which instance.
    public let subtask: Subtask
    /// The number of key groups of the job.
    public let maxParallelism: Int
    /// The attempt; the names of stored files carry it.
    public let attempt: Attempt
    /// A directory of the backend's own; it is emptied, and removed at the end.
    public let scratchDirectory: String

    /// Names a place.
    public init(
        operatorID: OperatorID,
        operatorName: String,
        subtask: Subtask,
        maxParallelism: Int,
        attempt: Attempt,
        scratchDirectory: String
    ) {
        self.operatorID = operatorID
        self.operatorName = operatorName
        self.subtask = subtask
        self.maxParallelism = maxParallelism
        self.attempt = attempt
        self.scratchDirectory = scratchDirectory
    }

    /// The key groups of the instance.
    public var keyGroups: KeyGroupRange {
        KeyGroupRange(subtask: subtask, maxParallelism: maxParallelism)
    }
}

/// The image as of a fold, captured in files.
struct CapturedBase: Sendable {
    /// The last checkpoint whose segment it contains.
    let foldedThrough: CheckpointID
    let files: [CapturedFile]
    /// Keeps the files; nil if others do.
    let directory: ScratchDirectory?
    /// Where completed checkpoints have stored the files, by local name.
    var stored: [String: FileHandle]

    /// Bytes of all files.
    var byteCount: Int { files.reduce(0) { $0 + $1.size } }
}
