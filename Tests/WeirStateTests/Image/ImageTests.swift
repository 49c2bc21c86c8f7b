import Testing
import WeirCore
import WeirSnapshot
import WeirState

@Suite("Image")
struct ImageTests {
    enum Kind: String, CaseIterable, Sendable {
        case rocksDB
        case model
    }

    private func factory(_ kind: Kind, _ files: any FileSystem) -> any ImageFactory {
        switch kind {
        // A sort memory of 16 KiB makes many runs of one fold.
        case .rocksDB:
            RocksDBImageFactory(files: files, cacheBytes: 4 << 20, sortBytes: 16 << 10)
        case .model: ModelImageFactory(files: files)
        }
    }

    @Test(
        "folds, captures and rescales 1-2-3-1 keep what the segments said",
        arguments: Kind.allCases,
        1...3 as ClosedRange<UInt64>
    )
    func lifeEqualsModel(kind: Kind, seed: UInt64) throws {
        print("seed \(seed)")
        var random = SplitMix64(seed: seed)
        let directory = try TemporaryDirectory()
        let factory = factory(kind, directory.world.files)
        var model = ImageModel()
        var parts: [CapturedImage] = []
        for (round, parallelism) in [1, 2, 3, 1].enumerated() {
            var captured: [CapturedImage] = []
            for index in 0..<parallelism {
                let range = KeyGroupRange(
                    subtask: Subtask(index: index, parallelism: parallelism),
                    maxParallelism: ImageModel.groupCount
                )
                let place = "\(directory.path)/\(round)-\(index)"
                let image = try factory.open(
                    directory: place,
                    parts: parts,
                    range: range,
                    timeToLive: ImageTimeToLive(),
                    verifies: true
                )
                try expectEqual(image, model, range, &random)
                try foldRandomly(image, &model, range, place, directory, &random)
                try expectEqual(image, model, range, &random)
                let files = try image.capture(into: place + "-captured")
                captured.append(CapturedImage(range: range, files: files))
            }
            parts = captured
        }
    }

    /// Some checkpoints of some segments each.
    private func foldRandomly(
        _ image: any ImageStore,
        _ model: inout ImageModel,
        _ range: KeyGroupRange,
        _ place: String,
        _ directory: TemporaryDirectory,
        _ random: inout SplitMix64
    ) throws {
        for checkpoint in 0..<3 {
            var segments: [SegmentReader] = []
            for number in 0..<Int.random(in: 0...3, using: &random) {
                let builder = SegmentBuilder()
                let count = Int.random(in: 0...200, using: &random)
                model.change(count, in: range, builder, &random)
                let path = "\(place)-\(checkpoint)-\(number).segment"
                try write(builder.finish(), to: path, directory.world.files)
                segments.append(try SegmentReader(files: directory.world.files, path: path))
            }
            _ = try image.fold(segments, in: range, marksRemovals: false)
            if Bool.random(using: &random) {
                _ = try image.fold(segments, in: range, marksRemovals: false)
            }
        }
    }

    private func expectEqual(
        _ image: any ImageStore,
        _ model: ImageModel,
        _ range: KeyGroupRange,
        _ random: inout SplitMix64
    ) throws {
        let expected = model.sorted(in: range)
        let everything = image.scan(KeyGroupRange(0, ImageModel.groupCount))
        everything.seekToFirst()
        let found = try drain(everything)
        #expect(found.map(\.key) == expected.map(\.key))
        #expect(found.map(\.value) == expected.map(\.value))
        let batch = ImageReadBatch()
        var keys: [ImageModel.Key] = []
        while batch.hasRoom {
            var key = ImageModel.randomKey(in: range, &random)
            if let known = expected.randomElement(using: &random), Bool.random(using: &random) {
                key = known.key
            }
            keys.append(key)
            key.bytes.withUnsafeBytes {
                batch.append(keyGroup: key.keyGroup, state: key.state, key: $0)
            }
        }
        try image.withValues(of: batch) { index, value in
            #expect(value.map { [UInt8]($0) } == model.entries[keys[index]])
        }
        for key in keys.prefix(20) {
            var value: [UInt8]?
            try key.bytes.withUnsafeBytes { bytes in
                try image.withValue(keyGroup: key.keyGroup, state: key.state, key: bytes) {
                    value = $0.map { [UInt8]($0) }
                }
            }
            #expect(value == model.entries[key])
            try expectPrefix(image, model, key, &random)
        }
    }

    private func expectPrefix(
        _ image: any ImageStore,
        _ model: ImageModel,
        _ key: ImageModel.Key,
        _ random: inout SplitMix64
    ) throws {
        let prefix = [UInt8](key.bytes.prefix(Int.random(in: 0...2, using: &random)))
        let cursor = prefix.withUnsafeBytes {
            image.cursor(keyGroup: key.keyGroup, state: key.state, prefix: $0)
        }
        let range = KeyGroupRange(Int(key.keyGroup), Int(key.keyGroup) + 1)
        let inside = model.sorted(in: range).map(\.key).filter {
            $0.state == key.state && $0.bytes.starts(with: prefix)
        }
        key.bytes.withUnsafeBytes {
            cursor.seek(keyGroup: key.keyGroup, state: key.state, key: $0)
        }
        #expect(try drain(cursor).map(\.key) == inside.filter { !($0 < key) || $0 == key })
        cursor.seekToLast()
        var backward: [ImageModel.Key] = []
        while cursor.isValid {
            cursor.withEntry { backward.append(Self.key($0)) }
            cursor.previous()
        }
        #expect(backward == inside.reversed())
    }

    @Test("a captured table file that did not change keeps name and checksum")
    func capturesAreIncremental() throws {
        var random = SplitMix64(seed: 11)
        let directory = try TemporaryDirectory()
        let files = directory.world.files
        let range = KeyGroupRange(0, ImageModel.groupCount)
        let image = try factory(.rocksDB, files).open(
            directory: directory.path + "/image",
            parts: [],
            range: range,
            timeToLive: ImageTimeToLive(),
            verifies: true
        )
        var model = ImageModel()
        var before: Set<String> = []
        for round in 0..<2 {
            let builder = SegmentBuilder()
            model.change(50, in: range, builder, &random)
            let path = "\(directory.path)/\(round).segment"
            try write(builder.finish(), to: path, files)
            _ = try image.fold(
                [SegmentReader(files: files, path: path)],
                in: range,
                marksRemovals: false
            )
            let captured = try image.capture(into: "\(directory.path)/capture-\(round)")
            let now = Set(
                captured.filter(\.isShared).map { "\($0.name)-\($0.size)-\($0.checksum)" }
            )
            #expect(now.isSuperset(of: before))
            #expect(now.count == before.count + 1)
            before = now
        }
    }

    @Test("compaction drops expired entries of states with a time to live, and no others")
    func compactionDropsExpired() throws {
        let timeToLive = ImageTimeToLive()
        timeToLive.add(state: 7, .processingTime)
        #expect(timeToLive.contains(state: 7))
        #expect(!timeToLive.contains(state: 8))
        let directory = try TemporaryDirectory()
        let files = directory.world.files
        let range = KeyGroupRange(0, 1)
        let factory = factory(.rocksDB, files)
        let image = try factory.open(
            directory: directory.path + "/a",
            parts: [],
            range: range,
            timeToLive: timeToLive,
            verifies: true
        )
        timeToLive.advanceBounds(to: StateClock(processingTime: 100, watermark: 1000))
        for round in 0..<2 {
            let builder = SegmentBuilder()
            for state in [UInt16(7), 8] {
                for expiry in [Int64(100), 101] {
                    withUnsafeBytes(of: expiry.littleEndian) { value in
                        withUnsafeBytes(of: UInt8(expiry)) {
                            builder.append(keyGroup: 0, state: state, key: $0, value: value)
                        }
                    }
                }
            }
            let path = "\(directory.path)/\(round).segment"
            try write(builder.finish(), to: path, files)
            _ = try image.fold(
                [SegmentReader(files: files, path: path)],
                in: range,
                marksRemovals: false
            )
        }
        image.compact()
        let cursor = image.scan(range)
        cursor.seekToFirst()
        let left = try drain(cursor).map { "\($0.key.state):\($0.key.bytes)" }
        #expect(left == ["7:[101]", "8:[100]", "8:[101]"])
    }

    @Test("folds and captures that nobody wants any more are given up, and change nothing")
    func cancelled() throws {
        var random = SplitMix64(seed: 4)
        let directory = try TemporaryDirectory()
        let files = directory.world.files
        let range = KeyGroupRange(0, ImageModel.groupCount)
        let cancellation = Cancellation()
        let image = try factory(.rocksDB, files).cancellable(by: cancellation).open(
            directory: directory.path + "/image",
            parts: [],
            range: range,
            timeToLive: ImageTimeToLive(),
            verifies: true
        )
        var model = ImageModel()
        try foldRandomly(image, &model, range, directory.path + "/x", directory, &random)
        cancellation.cancel()
        let builder = SegmentBuilder()
        var changed = model
        changed.change(100, in: range, builder, &random)
        let path = directory.path + "/y.segment"
        try write(builder.finish(), to: path, files)
        let error = #expect(throws: WeirError.self) {
            let segment = try SegmentReader(files: files, path: path)
            return try image.fold([segment], in: range, marksRemovals: false)
        }
        #expect(error?.code == .cancelled)
        #expect(throws: WeirError.self) { try image.capture(into: directory.path + "/z") }
        #expect(try files.status(directory.path + "/z") == nil)
        try expectEqual(image, model, range, &random)
    }

    @Test("a captured file that is cut, changed or missing is named", arguments: Kind.allCases)
    func damageIsNamed(kind: Kind) throws {
        var random = SplitMix64(seed: 3)
        let directory = try TemporaryDirectory()
        let files = directory.world.files
        let factory = factory(kind, files)
        let range = KeyGroupRange(0, ImageModel.groupCount)
        let image = try factory.open(
            directory: directory.path + "/image",
            parts: [],
            range: range,
            timeToLive: ImageTimeToLive(),
            verifies: true
        )
        var model = ImageModel()
        let builder = SegmentBuilder()
        model.change(100, in: range, builder, &random)
        try write(builder.finish(), to: directory.path + "/1.segment", files)
        _ = try image.fold(
            [SegmentReader(files: files, path: directory.path + "/1.segment")],
            in: range,
            marksRemovals: false
        )
        let captured = try image.capture(into: directory.path + "/captured")
        for file in captured {
            let bytes = try files.readAll(file.path)
            var flipped = bytes
            flipped[bytes.count / 2] ^= 4
            for damaged in [flipped, [UInt8](bytes.dropLast()), nil] {
                try files.remove(file.path)
                if let damaged { try files.replaceAll(file.path, with: damaged) }
                let error = #expect(throws: WeirError.self) {
                    _ = try factory.open(
                        directory: directory.path + "/again",
                        parts: [CapturedImage(range: range, files: captured)],
                        range: range,
                        timeToLive: ImageTimeToLive(),
                        verifies: true
                    )
                }
                #expect(error?.code == (damaged == nil ? .missingSnapshotFile : .corruptSnapshot))
                #expect(error?.position == file.path)
            }
            try files.remove(file.path)
            try files.replaceAll(file.path, with: bytes)
        }
        let again = try factory.open(
            directory: directory.path + "/again",
            parts: [CapturedImage(range: range, files: captured)],
            range: range,
            timeToLive: ImageTimeToLive(),
            verifies: true
        )
        try expectEqual(again, model, range, &random)
    }

    // MARK: Helpers

    private static func key(_ entry: ImageEntry) -> ImageModel.Key {
        ImageModel.Key(keyGroup: entry.keyGroup, state: entry.state, bytes: [UInt8](entry.key))
    }

    private func drain(
        _ cursor: any ImageCursor
    ) throws -> [(key: ImageModel.Key, value: [UInt8])] {
        var found: [(key: ImageModel.Key, value: [UInt8])] = []
        while cursor.isValid {
            cursor.withEntry { found.append((Self.key($0), [UInt8]($0.value))) }
            cursor.next()
        }
        try cursor.checkStatus()
        return found
    }
}
