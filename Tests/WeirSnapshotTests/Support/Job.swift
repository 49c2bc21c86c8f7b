import WeirCore
import WeirSnapshot

/// A made-up job that takes checkpoints of one keyed operator: image files and segments.
struct Job {
    let world = MemoryWorld()
    var attempt = Attempt(1)
    static let operatorID = OperatorID(path: "count")
    var files: LocalFileStore { LocalFileStore(world: world, directory: "checkpoints") }
    var store: CheckpointStore { CheckpointStore(files) }

    /// Stores a segment for a checkpoint.
    func segment(_ number: UInt64) throws -> SegmentHandle {
        let checkpoint = CheckpointID(number)
        let entries = SegmentTests.entries(30, seed: number, longest: 20)
        let image = SegmentTests.image(entries)
        let name = CheckpointNames.task(
            checkpoint,
            attempt,
            Self.operatorID,
            subtask: 0,
            kind: "segment"
        )
        let stored = try files.putIfAbsent(name, image.blocks)
        return SegmentHandle(
            file: FileHandle(name: name, stored: stored, keyGroups: image.keyGroupRange),
            checkpoint: checkpoint,
            entryCount: image.entryCount
        )
    }

    /// Stores an image file that a checkpoint uses first.
    func imageFile(_ number: UInt64) throws -> StoredImageFile {
        let localName = "00000\(number).sst"
        let name = CheckpointNames.shared(
            CheckpointID(number),
            attempt,
            Self.operatorID,
            subtask: 0,
            localName: localName
        )
        let stored = try files.putIfAbsent(name, bytes: [UInt8](repeating: 7, count: 100))
        return StoredImageFile(localName: localName, file: FileHandle(name: name, stored: stored))
    }

    /// The manifest of a checkpoint of these files.
    func manifest(
        _ number: UInt64,
        segments: [SegmentHandle],
        image: [StoredImageFile] = [],
        purpose: CheckpointManifest.Purpose = .checkpoint
    ) -> CheckpointManifest {
        let subtask = SubtaskSnapshot(
            index: 0,
            keyGroups: KeyGroupRange(0, 128),
            image: image.isEmpty
                ? nil : ImageHandle(files: image, foldedThrough: CheckpointID(number - 1)),
            segments: segments,
            blobs: [StateBlob(name: "offsets", redistribution: 0, elements: [[UInt8(number)]])]
        )
        return CheckpointManifest(
            jobID: "job",
            jobName: "job",
            checkpoint: CheckpointID(number),
            attempt: attempt,
            purpose: purpose,
            triggeredAt: 1,
            completedAt: 2,
            maxParallelism: 128,
            operators: [
                OperatorSnapshot(
                    id: Self.operatorID,
                    name: "count",
                    path: "count",
                    parallelism: 1,
                    subtasks: [subtask]
                )
            ]
        )
    }

    /// Takes checkpoint `number` with a segment of its own and one image file.
    @discardableResult
    func complete(
        _ number: UInt64,
        purpose: CheckpointManifest.Purpose = .checkpoint
    ) throws -> CheckpointManifest {
        let manifest = self.manifest(
            number,
            segments: [try segment(number)],
            image: [try imageFile(number)],
            purpose: purpose
        )
        try store.publish(manifest)
        try store.confirm(manifest.checkpoint, attempt: attempt)
        return manifest
    }
}
