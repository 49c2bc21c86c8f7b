import WeirCore

extension CheckpointStore {
    /// Copies a snapshot with all its files, checking every byte, so that it stands alone.
    ///
    /// The manifest comes last; a copy that was interrupted can be repeated.
    /// - Throws: `corruptSnapshot` and `missingSnapshotFile` if the source is damaged; `diskFull`,
    ///   `fileExists`, `fileFailed`.
    public func copy(
        _ checkpoint: CheckpointID,
        to target: any FileStore,
        purpose: CheckpointManifest.Purpose = .savepoint
    ) throws(WeirError) {
        var manifest = try load(checkpoint)
        manifest.purpose = purpose
        for file in manifest.files {
            let source = try files.open(file.name)
            defer { source.close() }
            let stored: StoredFile
            do throws(WeirError) {
                stored = try target.putIfAbsent(file.name, copying: source)
            } catch let error where error.code == .fileExists {
                try CheckpointStore(target).verify(file, .checksums)
                continue
            }
            guard stored == StoredFile(size: file.size, checksum: file.checksum) else {
                try target.delete([file.name])
                throw WeirError.corrupt(
                    files.place(of: file.name),
                    at: 0,
                    "The checksum of the whole file does not match."
                )
            }
        }
        try CheckpointStore(target).publish(manifest)
    }
}
