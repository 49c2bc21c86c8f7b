import WeirCore
import WeirRocksDB

/// Opens images in RocksDB databases that share one block cache.
public struct RocksDBImageFactory: ImageFactory {
    /// The memory that all images of a process share.
    ///
    /// Memtables stay empty (the C API of 7.8 has no write-buffer manager, and range deletions after
    /// a rescale are a few bytes), so the cache and the sort runs are all there is to limit.
    final class Resources: Sendable {
        let cache: Cache
        let sortBytes: Int
        let tableFileBytes: Int

        init(cacheBytes: Int, sortBytes: Int) {
            cache = Cache(capacity: cacheBytes)
            self.sortBytes = sortBytes
            tableFileBytes = 32 << 20
        }

        func options(_ timeToLive: ImageTimeToLive) -> Options {
            var settings = Options.Settings()
            settings.blockCache = cache
            settings.tableFileBytes = tableFileBytes
            settings.writeBufferBytes = 256 << 10
            settings.compactionFilter = CompactionFilter { key, value in
                timeToLive.allowsDropping(key, value)
            }
            return Options(settings)
        }
    }

    private let disk: ImageFiles
    private let resources: Resources
    private var cancellation = Cancellation()

    /// Makes a factory.
    ///
    /// - Parameters:
    ///   - files: The real disk, on which RocksDB works too.
    ///   - cacheBytes: The limit of the block cache, indexes and filters among the blocks.
    ///   - sortBytes: The memory in which one fold sorts; nil: a quarter of the cache's, from 1 to
    ///     16 MiB. Two folds may run at a time.
    public init(files: any FileSystem, cacheBytes: Int, sortBytes: Int? = nil) {
        disk = ImageFiles(files: files)
        resources = Resources(
            cacheBytes: cacheBytes,
            sortBytes: sortBytes ?? min(max(cacheBytes / 4, 1 << 20), 16 << 20)
        )
        BackgroundThreads.configure(compaction: 1, flush: 1)
    }

    /// A copy that shares the block cache.
    public func cancellable(by cancellation: Cancellation) -> any ImageFactory {
        var copy = self
        copy.cancellation = cancellation
        return copy
    }

    /// Bytes in the block cache now.
    public var cacheUsage: Int { resources.cache.usage }

    /// Opens an image.
    ///
    /// The part that shares most with the range becomes the base: its table files are linked and
    /// foreign key groups covered by a range deletion. Entries of the other parts are copied.
    /// - Returns: The image.
    /// - Throws: `corruptSnapshot` or `missingSnapshotFile` with the file's name; `imageFailed`,
    ///   `cancelled`.
    public func open(
        directory: String,
        parts: [CapturedImage],
        range: KeyGroupRange,
        timeToLive: ImageTimeToLive,
        verifies: Bool
    ) throws(WeirError) -> any ImageStore {
        let useful = parts.filter { $0.range.intersection(range) != nil && !$0.files.isEmpty }
            .sorted { weight($0, in: range) > weight($1, in: range) }
        try disk.prepareDirectory(directory)
        guard let base = useful.first else {
            return DeferredImage { [self] () throws(WeirError) in
                try self.image(in: directory, files: [], timeToLive)
            }
        }
        let image = try linked(base, into: directory, timeToLive, verifies)
        let kept = base.range.intersection(range) ?? KeyGroupRange(0, 0)
        if kept != base.range { try image.clip(to: kept) }
        for part in useful.dropFirst() {
            guard let shared = part.range.intersection(range) else { continue }
            let side = directory + "-part"
            try disk.prepareDirectory(side)
            try copyEntries(of: part, linkedInto: side, shared, to: image, timeToLive, verifies)
            try disk.files.removeTree(side)
        }
        return image
    }

    /// Copies through a database that is closed on return.
    @inline(never)
    private func copyEntries(
        of part: CapturedImage,
        linkedInto directory: String,
        _ range: KeyGroupRange,
        to image: RocksDBImage,
        _ timeToLive: ImageTimeToLive,
        _ verifies: Bool
    ) throws(WeirError) {
        let other = try linked(part, into: directory, timeToLive, verifies)
        try image.copyEntries(of: other, range)
    }

    private func linked(
        _ part: CapturedImage,
        into directory: String,
        _ timeToLive: ImageTimeToLive,
        _ verifies: Bool
    ) throws(WeirError) -> RocksDBImage {
        for file in part.files {
            if verifies { try disk.verify(file) }
            try disk.bring(file, into: directory)
        }
        return try image(in: directory, files: part.files, timeToLive)
    }

    private func image(
        in directory: String,
        files: [CapturedFile],
        _ timeToLive: ImageTimeToLive
    ) throws(WeirError) -> RocksDBImage {
        try RocksDBImage(
            directory: directory,
            files: files,
            disk: disk,
            resources: resources,
            timeToLive: timeToLive,
            cancellation: cancellation
        )
    }

    /// About how many bytes of a part lie in the range.
    private func weight(_ part: CapturedImage, in range: KeyGroupRange) -> Int {
        guard let shared = part.range.intersection(range) else { return 0 }
        return part.byteCount / max(part.range.count, 1) * shared.count
    }
}
