import WeirCore

extension CheckpointStore {
    /// Brings a snapshot of another store into this one, so that it needs the other no more.
    ///
    /// A file that is here already and whole stays; one that is damaged is replaced, and so is a
    /// checkpoint of this id, withdrawn or not. The manifest comes last; what was interrupted can be
    /// repeated. Blocks.
    ///
    /// - Parameters:
    ///   - manifest: What is to stand here; its files are those of `source`.
    ///   - source: Where the files are.
    ///   - scratch: A directory on the disk of this store, through which files are linked where the
    ///     disks allow it; nil: they are copied, and share no byte with those of the other store.
    /// - Throws: `corruptSnapshot`, `missingSnapshotFile` if the source is damaged; `diskFull`,
    ///   `fileExists`, `fileFailed`.
    public func bring(
        _ manifest: CheckpointManifest,
        from source: any FileStore,
        through scratch: String? = nil
    ) throws(WeirError) {
        for (number, file) in manifest.files.enumerated() where try !isWhole(file) {
            try files.delete([file.name])
            try bring(file, from: source, through: scratch.map { "\($0)/brought-\(number)" })
        }
        try makeRoom(for: manifest)
        try publish(manifest)
    }

    /// Removes what stands here of another checkpoint with this id.
    private func makeRoom(for manifest: CheckpointManifest) throws(WeirError) {
        let checkpoint = manifest.checkpoint
        let name = CheckpointNames.manifest(checkpoint)
        if try files.size(name) != nil, try loadUnlessDamaged(checkpoint) != manifest {
            try files.delete([name])
        }
        guard try files.size(name) == nil else { return }
        // Not before the manifest is gone: what was withdrawn must never be found again.
        try files.delete([
            CheckpointNames.completion(checkpoint), CheckpointNames.withdrawal(checkpoint),
        ])
    }

    /// Puts a file of another store here, unless it is not what its handle says.
    package func bring(
        _ file: FileHandle,
        from source: any FileStore,
        through path: String?
    ) throws(WeirError) {
        let stored: StoredFile
        do throws(WeirError) {
            stored = try put(file, from: source, through: path)
        } catch {
            // It may have its name, though not for good: the next try brings it again. The first
            // error counts.
            if error.code != .fileExists { _ = try? files.delete([file.name]) }
            throw error
        }
        guard stored == StoredFile(size: file.size, checksum: file.checksum) else {
            try files.delete([file.name])
            throw WeirError.corrupt(
                source.place(of: file.name),
                at: 0,
                "It is not what was written: \(stored.size) bytes, or another checksum."
            )
        }
    }

    private func put(
        _ file: FileHandle,
        from source: any FileStore,
        through path: String?
    ) throws(WeirError) -> StoredFile {
        if let path {
            try source.fetch(file.name, to: path)
            return try files.putIfAbsent(file.name, linking: path)
        }
        let reader = try source.open(file.name)
        defer { reader.close() }
        return try files.putIfAbsent(file.name, copying: reader)
    }

    private func isWhole(_ file: FileHandle) throws(WeirError) -> Bool {
        do throws(WeirError) {
            try verify(file, .checksums)
            return true
        } catch let error where error.isDamage {
            return false
        }
    }

    private func loadUnlessDamaged(
        _ checkpoint: CheckpointID
    ) throws(WeirError) -> CheckpointManifest? {
        do throws(WeirError) {
            return try load(checkpoint)
        } catch let error where error.isDamage {
            return nil
        }
    }
}
