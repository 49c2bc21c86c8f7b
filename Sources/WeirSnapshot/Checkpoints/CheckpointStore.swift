import WeirCore

/// The checkpoints of one job in a `FileStore`; see `CheckpointNames` for the layout.
public struct CheckpointStore: Sendable {
    /// Where the files are.
    public let files: any FileStore

    /// Runs work on another thread, if there is one to help with the verification.
    let background: Background?

    /// Runs work on another thread.
    public typealias Background = @Sendable (_ work: @escaping @Sendable () -> Void) -> Void

    /// The checkpoints in a store; `background` helps with the verification.
    public init(_ files: any FileStore, background: Background? = nil) {
        self.files = files
        self.background = background
    }

    /// Makes a checkpoint, all of whose files are stored, complete: from now on a restore finds it.
    ///
    /// Publishing the same manifest again is harmless.
    /// - Throws: `fileExists` if the id has another manifest, `diskFull`, `fileFailed`. After a
    ///   failure the checkpoint may be complete nevertheless; its id must not be used again.
    public func publish(_ manifest: CheckpointManifest) throws(WeirError) {
        let name = CheckpointNames.manifest(manifest.checkpoint)
        let bytes = manifest.encoded()
        do throws(WeirError) {
            try files.putIfAbsent(name, bytes: bytes)
        } catch let error where error.code == .fileExists {
            guard try files.readAll(name) == bytes else { throw error }
        }
    }

    /// Leaves a marker beside the manifest of a complete checkpoint, so that a lost manifest is noticed.
    ///
    /// `clean` does it for the newest one, behind the commit; publishing does not wait for it.
    public func confirm(_ checkpoint: CheckpointID, attempt: Attempt) throws(WeirError) {
        do throws(WeirError) {
            try files.putIfAbsent(
                CheckpointNames.completion(checkpoint),
                bytes: Array("attempt \(attempt)\n".utf8)
            )
        } catch let error where error.code == .fileExists {
            // It was confirmed before.
        }
    }

    /// What is there of each checkpoint, newest first.
    public func list() throws(WeirError) -> [CheckpointEntry] {
        let pinned = Set(try files.list(prefix: "pins/"))
        var names: [CheckpointID: Set<String>] = [:]
        for name in try files.list(prefix: "chk-") {
            guard let checkpoint = CheckpointNames.checkpoint(of: name) else { continue }
            names[checkpoint, default: []].insert(name)
        }
        return names.keys.sorted(by: >).map { checkpoint in
            CheckpointEntry(
                checkpoint,
                names: names[checkpoint] ?? [],
                isPinned: pinned.contains(CheckpointNames.pin(checkpoint))
            )
        }
    }

    /// The highest checkpoint id that ever left a file here; the next one must be higher.
    public func highestID() throws(WeirError) -> CheckpointID {
        let own = try files.list(prefix: "chk-")
        let shared = try files.list(prefix: "shared/")
        return (own + shared).compactMap(CheckpointNames.checkpoint(of:)).max() ?? .none
    }

    /// The manifest of a checkpoint.
    ///
    /// - Throws: `missingSnapshotFile`; `corruptSnapshot`, also if it is another checkpoint's or, with
    ///   `jobID`, another job's; `snapshotVersion`, `fileFailed`.
    public func load(
        _ checkpoint: CheckpointID,
        jobID: String? = nil
    ) throws(WeirError) -> CheckpointManifest {
        let name = CheckpointNames.manifest(checkpoint)
        let place = files.place(of: name)
        let manifest = try CheckpointManifest(decoding: try files.readAll(name), name: place)
        guard manifest.checkpoint == checkpoint else {
            throw WeirError.corrupt(
                place,
                at: 0,
                "It is the manifest of checkpoint \(manifest.checkpoint)."
            )
        }
        guard jobID == nil || manifest.jobID == jobID else {
            throw WeirError.corrupt(place, at: 0, "It belongs to the job \(manifest.jobID).")
        }
        return manifest
    }

    /// Makes retention keep a checkpoint.
    public func pin(_ checkpoint: CheckpointID) throws(WeirError) {
        do throws(WeirError) {
            try files.putIfAbsent(CheckpointNames.pin(checkpoint), bytes: [])
        } catch let error where error.code == .fileExists {
            // It is pinned already.
        }
    }

    /// Gives a checkpoint back to retention.
    public func unpin(_ checkpoint: CheckpointID) throws(WeirError) {
        try files.delete([CheckpointNames.pin(checkpoint)])
    }
}

/// What is there of one checkpoint, by the names of its files.
public struct CheckpointEntry: Hashable, Sendable {
    /// How far it came.
    public enum State: String, Sendable {
        /// The manifest exists. Whether the files are whole, `verify` tells.
        case complete
        /// It was complete, but the job went back before it; it is never restored.
        case withdrawn
        /// It was complete, and its manifest is gone.
        case manifestMissing
        /// It was aborted or is in progress.
        case unfinished
    }

    /// The checkpoint.
    public let checkpoint: CheckpointID
    /// How far it came.
    public let state: State
    /// Whether retention keeps it.
    public let isPinned: Bool

    init(_ checkpoint: CheckpointID, names: Set<String>, isPinned: Bool) {
        self.checkpoint = checkpoint
        self.isPinned = isPinned
        let hasManifest = names.contains(CheckpointNames.manifest(checkpoint))
        let wasComplete = names.contains(CheckpointNames.completion(checkpoint))
        if names.contains(CheckpointNames.withdrawal(checkpoint)) {
            state = .withdrawn
        } else if hasManifest {
            state = .complete
        } else {
            state = wasComplete ? .manifestMissing : .unfinished
        }
    }
}
