import WeirCore
import WeirSnapshot

/// Brings the files of a snapshot near and opens them for one subtask; blocks.
struct StateRestorer {
    /// A segment of the snapshot, in a local file.
    struct Segment {
        let local: LocalSegment
        let handle: SegmentHandle
        /// The key groups that count in it: those of the subtask that wrote it, and of this one.
        let range: KeyGroupRange
    }

    /// What a backend begins with.
    struct Opened {
        let image: any ImageStore
        let base: CapturedBase?
        /// Oldest first.
        let segments: [Segment]
    }

    let place: KeyedStatePlace
    let scratch: ScratchSpace
    let images: any ImageFactory
    let timeToLive: ImageTimeToLive

    /// Opens image and segments of the key groups of the subtask.
    ///
    /// The caller has verified the files of the snapshot, as `CheckpointStore` does.
    func open(_ restored: RestoredKeyedState?) throws(WeirError) -> Opened {
        let range = place.keyGroups
        var parts: [CapturedImage] = []
        var segments: [Segment] = []
        var handles: [FileHandle] = []
        var folded = CheckpointID.none
        for subtask in restored?.subtasks ?? [] {
            guard let restored, let shared = subtask.keyGroups.intersection(range) else { continue }
            if let image = subtask.image {
                parts.append(try fetch(image, subtask.keyGroups, restored.store))
                handles += image.files.map(\.file)
                folded = max(folded, image.foldedThrough)
            }
            for segment in subtask.segments {
                // The handle's range may be narrower than the file's content: other entries of it
                // are in another subtask's image already, and may be older than that.
                guard let range = segment.file.keyGroups.intersection(shared) else { continue }
                segments.append(try fetch(segment, range, restored.store))
            }
        }
        // Several old subtasks may name the same file, each for its own key groups; what one of them
        // wrote later must come later here too.
        segments.sort { $0.handle.checkpoint < $1.handle.checkpoint }
        let image = try images.open(
            directory: scratch.newPath("image"),
            parts: parts,
            range: range,
            timeToLive: timeToLive,
            verifies: false
        )
        return Opened(
            image: image,
            base: try base(image, parts, handles, folded),
            segments: segments
        )
    }

    private func fetch(
        _ image: ImageHandle,
        _ range: KeyGroupRange,
        _ store: any FileStore
    ) throws(WeirError) -> CapturedImage {
        let directory = scratch.newPath("restored")
        try scratch.files.makeDirectory(directory)
        var files: [CapturedFile] = []
        for file in image.files {
            let path = directory + "/" + file.localName
            try store.fetch(file.file.name, to: path)
            files.append(
                CapturedFile(
                    name: file.localName,
                    path: path,
                    size: file.file.size,
                    checksum: file.file.checksum,
                    isShared: file.localName.hasSuffix(".sst")
                )
            )
        }
        return CapturedImage(range: range, files: files)
    }

    private func fetch(
        _ segment: SegmentHandle,
        _ range: KeyGroupRange,
        _ store: any FileStore
    ) throws(WeirError) -> Segment {
        let path = scratch.newPath("segment")
        try store.fetch(segment.file.name, to: path)
        return Segment(
            local: try LocalSegment(fileAt: path, in: scratch),
            handle: segment.clipped(to: range),
            range: range
        )
    }

    /// The files that the next checkpoint names: as they were stored if the image is whole one
    /// part, else those of a new capture, of which some table files may be stored already.
    private func base(
        _ image: any ImageStore,
        _ parts: [CapturedImage],
        _ handles: [FileHandle],
        _ folded: CheckpointID
    ) throws(WeirError) -> CapturedBase? {
        guard let first = parts.first else { return nil }
        var base: CapturedBase
        if parts.count == 1, first.range == place.keyGroups {
            base = CapturedBase(
                foldedThrough: folded,
                files: first.files,
                directory: nil,
                stored: [:]
            )
        } else {
            let directory = ScratchDirectory(scratch, "captured")
            base = CapturedBase(
                foldedThrough: folded,
                files: try image.capture(into: directory.path),
                directory: directory,
                stored: [:]
            )
        }
        // Table files never change, so one with the same content is the same, whatever its name.
        for (file, handle) in zip(parts.flatMap(\.files), handles) {
            for own in base.files where own.name == file.name && own.checksum == file.checksum {
                guard own.size == file.size else { continue }
                base.stored[own.name] = handle
            }
        }
        return base
    }
}

extension SegmentHandle {
    /// The same file, of which only some key groups count.
    fileprivate func clipped(to range: KeyGroupRange) -> SegmentHandle {
        SegmentHandle(
            file: FileHandle(
                name: file.name,
                stored: StoredFile(size: file.size, checksum: file.checksum),
                keyGroups: range
            ),
            checkpoint: checkpoint,
            entryCount: entryCount
        )
    }
}

extension KeyedStateBackend {
    /// Takes over the segments of a snapshot: completed checkpoints cover them.
    ///
    /// Those that are too many to be indexed in memory are merged; what then still is too much goes to a
    /// spill layer.
    func adopt(_ segments: [StateRestorer.Segment]) throws(WeirError) {
        guard !segments.isEmpty else { return }
        let tag = ledger.openEpoch()
        for segment in segments {
            ledger.append(
                segment.local,
                tag: tag,
                range: segment.range,
                checkpoint: segment.handle.checkpoint,
                handle: segment.handle
            )
        }
        ledger.closeEpoch()
        try mergeIfLarge()
        try layerIfLarge()
    }

    /// Moves segments to a spill layer, and waits, if their index would take much of the memory.
    func layerIfLarge() throws(WeirError) {
        guard isIndexLarge else { return }
        startSpill()
        try finishSpill()
    }
}
