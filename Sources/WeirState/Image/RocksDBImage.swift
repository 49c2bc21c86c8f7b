import Synchronization
import WeirCore
import WeirRocksDB
import WeirSnapshot

/// An image in a RocksDB database.
///
/// Everything comes by ingestion of sorted table files: no memtable, no write-ahead log. Only the
/// clipping of key groups after a rescale writes range deletions, which are flushed at once.
final class RocksDBImage: ImageStore {
    /// What is known of a table file that was captured before; it never changes.
    private struct KnownFile {
        var size: Int
        var checksum: UInt32
    }

    private let database: Database
    private let directory: String
    private let disk: ImageFiles
    private let resources: RocksDBImageFactory.Resources
    private let timeToLive: ImageTimeToLive
    private let cancellation: Cancellation
    private let readOptions = ReadOptions()
    private let known = Mutex<[String: KnownFile]>([:])
    private let foldCount = Atomic<Int>(0)

    /// Opens what lies in a directory.
    ///
    /// - Parameters:
    ///   - directory: The database's directory.
    ///   - files: What was captured before of the files in it.
    ///   - disk: The disk.
    ///   - resources: Memory limits.
    ///   - timeToLive: What compaction may drop.
    ///   - cancellation: Looked at between two files.
    /// - Throws: `imageFailed`.
    init(
        directory: String,
        files: [CapturedFile],
        disk: ImageFiles,
        resources: RocksDBImageFactory.Resources,
        timeToLive: ImageTimeToLive,
        cancellation: Cancellation
    ) throws(WeirError) {
        self.directory = directory
        self.disk = disk
        self.resources = resources
        self.timeToLive = timeToLive
        self.cancellation = cancellation
        database = try Database(path: directory, options: resources.options(timeToLive))
        known.withLock { known in
            for file in files where file.isShared {
                known[file.name] = KnownFile(
                    size: file.size,
                    checksum: file.checksum
                )
            }
        }
    }

    // MARK: Reading

    func withValue(
        keyGroup: UInt16,
        state: UInt16,
        key: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(WeirError) {
        var failure: WeirError?
        ImageKey.withBytes(keyGroup: keyGroup, state: state, key: key) { bytes in
            do throws(WeirError) {
                try database.withValue(of: bytes, readOptions, body)
            } catch { failure = error }
        }
        if let failure { throw failure }
    }

    func withValues(
        of batch: ImageReadBatch,
        _ body: (_ index: Int, _ value: UnsafeRawBufferPointer?) -> Void
    ) throws(WeirError) {
        let keys = KeyBatch()
        for index in 0..<batch.count { keys.append(batch.key(at: index)) }
        try database.withValues(of: keys, readOptions, isSorted: false, body)
    }

    func cursor(
        keyGroup: UInt16,
        state: UInt16,
        prefix: UnsafeRawBufferPointer
    ) -> any ImageCursor {
        let lower = ImageKey.bytes(keyGroup: keyGroup, state: state, key: prefix)
        return RocksDBImageCursor(
            database,
            from: lower,
            to: ImageKey.successor(of: lower),
            fillsCache: true
        )
    }

    func scan(_ range: KeyGroupRange) -> any ImageCursor {
        // A scan of everything would push what is read again and again out of the cache.
        RocksDBImageCursor(
            database,
            from: ImageKey.start(ofKeyGroup: range.lower),
            to: ImageKey.start(ofKeyGroup: range.upper),
            fillsCache: false
        )
    }

    var byteCount: Int { database.liveFiles().reduce(0) { $0 + $1.size } }

    func compact() { database.compact() }

    // MARK: Folding

    func fold(
        _ segments: [SegmentReader],
        in range: KeyGroupRange,
        marksRemovals: Bool
    ) throws(WeirError) -> Int {
        let sorter = SegmentSorter(
            capacity: resources.sortBytes,
            marksRemovals: marksRemovals,
            timeToLive: timeToLive
        )
        var written = 0
        for segment in segments {
            try segment.forEach(in: range) { (entry) throws(WeirError) in
                if !sorter.hasRoom(for: entry) { written += try ingestRun(of: sorter) }
                sorter.append(entry)
            }
        }
        return written + (try ingestRun(of: sorter))
    }

    private func ingestRun(of sorter: SegmentSorter) throws(WeirError) -> Int {
        try cancellation.check("A fold into \(directory)")
        let number = foldCount.add(1, ordering: .relaxed).newValue
        let path = "\(directory)/fold-\(number).tmp"
        // A run that failed before may have left its file.
        try disk.files.remove(path)
        let writer = try SSTFileWriter(path: path, options: database.options)
        var failed = true
        defer { if failed { _ = try? disk.files.remove(path) } }
        let count = try sorter.drain { (key, value) throws(WeirError) in
            if let value { try writer.put(key, value) } else { try writer.delete(key) }
        }
        guard count > 0 else { return 0 }
        try writer.finish()
        try database.ingest([path], moves: true)
        failed = false
        return count
    }

    // MARK: Capturing

    func capture(into target: String) throws(WeirError) -> [CapturedFile] {
        try cancellation.check("A capture of \(directory)")
        try disk.files.makeDirectory(disk.files.directory(of: target))
        try database.makeCheckpoint(at: target)
        var captured: [CapturedFile] = []
        for name in try disk.files.list(target) {
            try cancellation.check("A capture of \(directory)")
            captured.append(try describe(name, in: target))
        }
        let alive = Set(captured.map(\.name))
        known.withLock { known in known = known.filter { alive.contains($0.key) } }
        return captured
    }

    private func describe(_ name: String, in target: String) throws(WeirError) -> CapturedFile {
        let path = target + "/" + name
        let isShared = name.hasSuffix(".sst")
        if let file = known.withLock({ $0[name] }) {
            return CapturedFile(
                name: name,
                path: path,
                size: file.size,
                checksum: file.checksum,
                isShared: isShared
            )
        }
        let found = try disk.checksum(of: path)
        if isShared {
            known.withLock {
                $0[name] = KnownFile(size: found.size, checksum: found.checksum)
            }
        }
        return CapturedFile(
            name: name,
            path: path,
            size: found.size,
            checksum: found.checksum,
            isShared: isShared
        )
    }

    // MARK: Rescaling

    /// Drops every key group outside of `range`.
    func clip(to range: KeyGroupRange) throws(WeirError) {
        let batch = WriteBatch()
        let end: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
        for (lower, upper) in [
            ([], ImageKey.start(ofKeyGroup: range.lower)),
            (ImageKey.start(ofKeyGroup: range.upper), end),
        ] {
            lower.withUnsafeBytes { low in upper.withUnsafeBytes { batch.deleteRange(low, $0) } }
        }
        try database.write(batch)
        try database.flush()
    }

    /// Takes in the entries of another image that belong to some key groups.
    func copyEntries(of other: RocksDBImage, _ range: KeyGroupRange) throws(WeirError) {
        let source = DatabaseIterator(other.database, keyGroups: range)
        source.seekToFirst()
        while source.isValid {
            try cancellation.check("A copy into \(directory)")
            let number = foldCount.add(1, ordering: .relaxed).newValue
            let path = "\(directory)/copy-\(number).tmp"
            let writer = try SSTFileWriter(path: path, options: database.options)
            while source.isValid, writer.fileSize < resources.tableFileBytes {
                var failure: WeirError?
                source.withEntry { key, value in
                    do throws(WeirError) { try writer.put(key, value) } catch { failure = error }
                }
                if let failure { throw failure }
                source.next()
            }
            try writer.finish()
            try database.ingest([path], moves: true)
        }
        try source.checkStatus()
    }
}

extension DatabaseIterator {
    /// An iterator over some key groups, which are read once.
    convenience init(_ database: Database, keyGroups range: KeyGroupRange) {
        self.init(
            database,
            from: ImageKey.start(ofKeyGroup: range.lower),
            to: ImageKey.start(ofKeyGroup: range.upper),
            fillsCache: false
        )
    }

    /// An iterator with bounds as arrays, which are copied.
    convenience init(
        _ database: Database,
        from lower: [UInt8],
        to upper: [UInt8]?,
        fillsCache: Bool
    ) {
        // SAFETY: the initialiser copies the bounds before it returns.
        let low = UnsafeMutableRawBufferPointer.allocate(byteCount: lower.count, alignment: 1)
        defer { low.deallocate() }
        low.copyBytes(from: lower)
        guard let upper else {
            self.init(
                database,
                from: UnsafeRawBufferPointer(low),
                to: nil,
                fillsCache: fillsCache
            )
            return
        }
        let high = UnsafeMutableRawBufferPointer.allocate(byteCount: upper.count, alignment: 1)
        defer { high.deallocate() }
        high.copyBytes(from: upper)
        self.init(
            database,
            from: UnsafeRawBufferPointer(low),
            to: UnsafeRawBufferPointer(high),
            fillsCache: fillsCache
        )
    }
}
