import WeirCore

/// How closely the files of a snapshot are looked at.
public enum SnapshotVerification: Sendable {
    /// They exist and have their sizes.
    case sizes
    /// Every byte is read and compared with the checksums.
    case checksums
}

/// What a check of a snapshot found.
public struct SnapshotReport: Sendable, Equatable {
    /// One thing that is wrong.
    public struct Problem: Sendable, Equatable {
        /// The file's name in the store.
        public let file: String
        /// What is wrong with it.
        public let error: WeirError
    }

    /// The checkpoint.
    public let checkpoint: CheckpointID
    /// Files looked at, with the manifest.
    public internal(set) var fileCount = 0
    /// Bytes of the files that are right.
    public internal(set) var byteCount = 0
    /// What is wrong, in manifest order.
    public internal(set) var problems: [Problem] = []

    /// Whether nothing is wrong.
    public var isSound: Bool { problems.isEmpty }
}

extension CheckpointStore {
    /// Checks a checkpoint's manifest and all files that it names.
    ///
    /// - Throws: only what is not the snapshot's fault: `fileFailed`, `snapshotVersion`.
    public func verify(
        _ checkpoint: CheckpointID,
        _ verification: SnapshotVerification = .checksums
    ) throws(WeirError) -> SnapshotReport {
        var report = SnapshotReport(checkpoint: checkpoint)
        report.fileCount = 1
        let manifest: CheckpointManifest
        do throws(WeirError) {
            manifest = try load(checkpoint)
        } catch let error where error.isDamage {
            report.problems.append(
                .init(file: CheckpointNames.manifest(checkpoint), error: error)
            )
            return report
        }
        report.byteCount = manifest.encoded().count
        let segments = Set(
            manifest.operators.flatMap(\.subtasks).flatMap(\.segments).map(\.file.name)
        )
        let checks = manifest.files.map { file in
            OneTimeJob { () throws(WeirError) in
                try verify(file, isSegment: segments.contains(file.name), verification)
            }
        }
        // Other threads begin at the end, this one at the start.
        if verification == .checksums, checks.count > 1 {
            for check in checks.reversed() { background? { _ = try? check.run() } }
        }
        for (file, check) in zip(manifest.files, checks) {
            report.fileCount += 1
            do throws(WeirError) {
                try check.run()
                report.byteCount &+= file.size
            } catch let error where error.isDamage {
                report.problems.append(.init(file: file.name, error: error))
            }
        }
        return report
    }

    /// Checks one file against its handle.
    ///
    /// - Throws: `missingSnapshotFile`, `corruptSnapshot`, `fileFailed`.
    public func verify(
        _ file: FileHandle,
        isSegment: Bool = false,
        _ verification: SnapshotVerification
    ) throws(WeirError) {
        let reader = try files.open(file.name)
        defer { reader.close() }
        let size = try reader.size()
        guard size == file.size else {
            throw WeirError.corrupt(
                files.place(of: file.name),
                at: min(size, file.size),
                "It has \(size) bytes, the manifest says \(file.size)."
            )
        }
        guard verification == .checksums else { return }
        let found = try reader.forEachChunk { (_) throws(WeirError) in }
        guard found.checksum != file.checksum || found.size != file.size else { return }
        // The segment's own checksums tell the place; if they match, it is another segment.
        if isSegment {
            let segment = try SegmentReader(store: files, name: file.name)
            for block in 0..<segment.blockCount { try segment.verify(block: block) }
        }
        throw WeirError.corrupt(
            files.place(of: file.name),
            at: 0,
            "The checksum of the whole file does not match."
        )
    }
}

extension WeirError {
    /// Whether a snapshot's bytes are lost, as opposed to a machine that cannot read them now.
    public var isDamage: Bool { code == .corruptSnapshot || code == .missingSnapshotFile }
}
