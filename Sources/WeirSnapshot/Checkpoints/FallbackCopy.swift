import WeirCore

/// A second copy of one checkpoint, in a store of its own.
///
/// Checkpoints are incremental: a file may belong to all that retention keeps, and its damage would
/// leave none of them. No file of the copy is one of theirs, so whatever happens to the files of one
/// store, the other has a whole checkpoint. A refresh copies only what the copy does not have; a file
/// is copied once in its life at most.
public struct FallbackCopy: Sendable {
    /// The job's checkpoints.
    public let checkpoints: CheckpointStore
    /// The store of the copy.
    public let copies: CheckpointStore

    /// The copy of a checkpoint of the first store in the second one.
    public init(of checkpoints: CheckpointStore, in copies: CheckpointStore) {
        self.checkpoints = checkpoints
        self.copies = copies
    }

    /// Whether there is a copy that a restore may use; its bytes are not looked at.
    public func exists() throws(WeirError) -> Bool {
        try copies.list().contains { $0.state == .complete }
    }

    /// Makes the copy one of this checkpoint.
    ///
    /// The one before is deleted afterwards. Blocks; no other thread may delete files of the checkpoint
    /// meanwhile.
    /// - Throws: `corruptSnapshot`, `missingSnapshotFile` if the checkpoint itself is damaged;
    ///   `diskFull`, `fileFailed`; `cancelled`. The copy before stays as it was.
    public func refresh(
        _ checkpoint: CheckpointID,
        cancellation: Cancellation = Cancellation()
    ) throws(WeirError) {
        var manifest = try checkpoints.load(checkpoint)
        var added: [String] = []
        do throws(WeirError) {
            for file in manifest.files where try copies.files.size(file.name) != file.size {
                try cancellation.check("The copy of checkpoint \(checkpoint)")
                try copies.files.delete([file.name])
                try copies.bring(file, from: checkpoints.files, through: nil)
                added.append(file.name)
            }
        } catch let error where error.code != .cancelled {
            // Above all on a full disk, where checkpoints need the room.
            try copies.files.delete(added)
            throw error
        }
        // Retention would keep a savepoint's copy for ever.
        if manifest.purpose == .savepoint { manifest.purpose = .checkpoint }
        try copies.publish(manifest)
        try copies.clean(attempt: manifest.attempt, keeping: 1)
    }

    /// Puts the copy back among the checkpoints; its id, or nil if there is none to be used.
    ///
    /// - Throws: `noSnapshot` if the copy is damaged, too; `diskFull`, `fileFailed`.
    func bringBack() throws(WeirError) -> CheckpointID? {
        guard let copy = try copies.newestRestorable(.checksums)?.manifest else { return nil }
        let isWithdrawn = try checkpoints.list().contains {
            $0.checkpoint == copy.checkpoint && $0.state == .withdrawn
        }
        if isWithdrawn { return nil }
        try checkpoints.bring(copy, from: copies.files)
        return copy.checkpoint
    }
}
