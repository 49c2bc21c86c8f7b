import Synchronization
import WeirCore
import WeirSnapshot

/// An image in memory: what RocksDB's does, without its threads and real files.
///
/// The simulator uses it, and tests compare the other one with it. A capture is one segment file
/// with everything.
final class ModelImage: ImageStore {
    /// Keys with their prefixes, ascending, and their values.
    struct Entries {
        var keys: [[UInt8]] = []
        var values: [[UInt8]] = []

        /// Where a key is, or would be.
        func position(of key: [UInt8]) -> (index: Int, isFound: Bool) {
            var low = 0
            var high = keys.count
            while low < high {
                let middle = (low + high) / 2
                if keys[middle].lexicographicallyPrecedes(key) {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            return (low, low < keys.count && keys[low] == key)
        }

        /// Merges changes, ascending, each key once; nil removes.
        mutating func apply(_ changes: [(key: [UInt8], value: [UInt8]?)]) {
            var merged = Entries()
            merged.keys.reserveCapacity(keys.count + changes.count)
            merged.values.reserveCapacity(keys.count + changes.count)
            var next = 0
            for change in changes {
                let (end, isFound) = position(of: change.key)
                merged.keys.append(contentsOf: keys[next..<end])
                merged.values.append(contentsOf: values[next..<end])
                if let value = change.value {
                    merged.keys.append(change.key)
                    merged.values.append(value)
                }
                next = isFound ? end + 1 : end
            }
            merged.keys.append(contentsOf: keys[next...])
            merged.values.append(contentsOf: values[next...])
            self = merged
        }
    }

    private static let fileName = "image.segment"
    private static let sortBytes = 32 << 20
    private let disk: ImageFiles
    private let timeToLive: ImageTimeToLive
    private let entries = Mutex(Entries())

    init(disk: ImageFiles, timeToLive: ImageTimeToLive) {
        self.disk = disk
        self.timeToLive = timeToLive
    }

    /// Takes in the entries of a part that belong to some key groups.
    func load(
        _ part: CapturedImage,
        _ range: KeyGroupRange,
        verifies: Bool
    ) throws(WeirError) {
        for file in part.files {
            if verifies { try disk.verify(file) }
            _ = try fold(
                [SegmentReader(files: disk.files, path: file.path)],
                in: range,
                marksRemovals: false
            )
        }
    }

    func withValue(
        keyGroup: UInt16,
        state: UInt16,
        key: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(WeirError) {
        read(ImageKey.bytes(keyGroup: keyGroup, state: state, key: key), body)
    }

    func withValues(
        of batch: ImageReadBatch,
        _ body: (_ index: Int, _ value: UnsafeRawBufferPointer?) -> Void
    ) throws(WeirError) {
        for index in 0..<batch.count { read([UInt8](batch.key(at: index))) { body(index, $0) } }
    }

    private func read(_ key: [UInt8], _ body: (UnsafeRawBufferPointer?) -> Void) {
        let value = entries.withLock { entries in
            let (index, isFound) = entries.position(of: key)
            return isFound ? entries.values[index] : nil
        }
        if let value { value.withUnsafeBytes(body) } else { body(nil) }
    }

    func cursor(
        keyGroup: UInt16,
        state: UInt16,
        prefix: UnsafeRawBufferPointer
    ) -> any ImageCursor {
        let lower = ImageKey.bytes(keyGroup: keyGroup, state: state, key: prefix)
        return ModelImageCursor(
            entries.withLock { $0 },
            from: lower,
            to: ImageKey.successor(of: lower)
        )
    }

    func scan(_ range: KeyGroupRange) -> any ImageCursor {
        ModelImageCursor(
            entries.withLock { $0 },
            from: ImageKey.start(ofKeyGroup: range.lower),
            to: ImageKey.start(ofKeyGroup: range.upper)
        )
    }

    func fold(
        _ segments: [SegmentReader],
        in range: KeyGroupRange,
        marksRemovals: Bool
    ) throws(WeirError) -> Int {
        let sorter = SegmentSorter(
            capacity: Self.sortBytes,
            marksRemovals: marksRemovals,
            timeToLive: timeToLive
        )
        var written = 0
        for segment in segments {
            try segment.forEach(in: range) { (entry) throws(WeirError) in
                if !sorter.hasRoom(for: entry) { written += try applyRun(of: sorter) }
                sorter.append(entry)
            }
        }
        return written + (try applyRun(of: sorter))
    }

    private func applyRun(of sorter: SegmentSorter) throws(WeirError) -> Int {
        var changes: [(key: [UInt8], value: [UInt8]?)] = []
        let count = try sorter.drain { (key, value) throws(WeirError) in
            changes.append(([UInt8](key), value.map { [UInt8]($0) }))
        }
        entries.withLock { $0.apply(changes) }
        return count
    }

    func capture(into directory: String) throws(WeirError) -> [CapturedFile] {
        let builder = SegmentBuilder()
        let all = entries.withLock { $0 }
        for (key, value) in zip(all.keys, all.values) {
            key.withUnsafeBytes { key in
                value.withUnsafeBytes { value in
                    guard let entry = ImageKey.entry(key: key, value: value) else { return }
                    builder.append(
                        keyGroup: entry.keyGroup,
                        state: entry.state,
                        key: entry.key,
                        value: entry.value
                    )
                }
            }
        }
        try disk.files.makeDirectory(directory)
        let path = directory + "/" + Self.fileName
        let file = try disk.files.open(path, .createNew)
        defer { file.close() }
        let image = builder.finish()
        for block in image.blocks { try file.write(block) }
        let found = try disk.checksum(of: path)
        return [
            CapturedFile(
                name: Self.fileName,
                path: path,
                size: found.size,
                checksum: found.checksum,
                isShared: false
            )
        ]
    }

    func compact() {}

    var byteCount: Int {
        entries.withLock { entries in
            entries.keys.reduce(0) { $0 + $1.count } + entries.values.reduce(0) { $0 + $1.count }
        }
    }
}

/// Opens images in memory, for the simulator.
public struct ModelImageFactory: ImageFactory {
    private let disk: ImageFiles

    /// Makes a factory whose images are captured to this disk.
    public init(files: any FileSystem) { disk = ImageFiles(files: files) }

    /// Opens an image.
    ///
    /// - Returns: The image.
    /// - Throws: `corruptSnapshot`, `missingSnapshotFile`.
    public func open(
        directory: String,
        parts: [CapturedImage],
        range: KeyGroupRange,
        timeToLive: ImageTimeToLive,
        verifies: Bool
    ) throws(WeirError) -> any ImageStore {
        let image = ModelImage(disk: disk, timeToLive: timeToLive)
        for part in parts {
            if let shared = part.range.intersection(range) {
                try image.load(part, shared, verifies: verifies)
            }
        }
        return image
    }
}
