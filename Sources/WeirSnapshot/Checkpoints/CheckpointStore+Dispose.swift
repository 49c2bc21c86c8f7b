import WeirCore

extension CheckpointStore {
    /// Removes a complete checkpoint, with those of its files that no other one refers to.
    ///
    /// Nobody may be storing here meanwhile: what a checkpoint in progress refers to is not known yet.
    /// - Throws: `fileFailed`, `snapshotVersion`; to be called again then.
    public func dispose(_ checkpoint: CheckpointID) throws(WeirError) {
        // The marker first: without its manifest, it would say that the manifest was lost.
        try files.delete([CheckpointNames.completion(checkpoint)])
        try files.delete([CheckpointNames.manifest(checkpoint)])
        try discard(checkpoint...checkpoint)
    }
}
