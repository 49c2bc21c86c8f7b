import Glibc
import Testing
import WeirCore
import WeirRocksDB

@Suite("RocksDB overlay")
struct OverlayTests {
    @Test(
        "a database behaves as a sorted map under random operations",
        arguments: 1...4 as ClosedRange<UInt64>
    )
    func randomOperationsEqualModel(seed: UInt64) throws {
        print("seed \(seed)")
        var random = SplitMix64(seed: seed)
        let directory = TemporaryDirectory()
        let options = Options(settings())
        var database = try Database(path: directory.path + "/db", options: options)
        var model: [[UInt8]: [UInt8]] = [:]
        for step in 0..<120 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1:
                let batch = WriteBatch()
                for _ in 0..<20 {
                    let key = randomKey(&random)
                    if Bool.random(using: &random) {
                        let value = randomValue(&random)
                        key.withUnsafeBytes { key in value.withUnsafeBytes { batch.put(key, $0) } }
                        model[key] = value
                    } else {
                        key.withUnsafeBytes { batch.delete($0) }
                        model[key] = nil
                    }
                }
                try database.write(batch)
            case 2:
                let path = directory.path + "/\(step).sst"
                let changes = try ingestRandom(path, options, &random)
                try database.ingest([path], moves: true)
                for (key, value) in changes { model[key] = value }
            case 3:
                let batch = WriteBatch()
                let bounds = [randomKey(&random), randomKey(&random)].sorted(by: precedes)
                bounds[0].withUnsafeBytes { lower in
                    bounds[1].withUnsafeBytes { batch.deleteRange(lower, $0) }
                }
                try database.write(batch)
                model = model.filter { precedes($0.key, bounds[0]) || !precedes($0.key, bounds[1]) }
            case 4:
                let copy = directory.path + "/copy-\(step)"
                try database.makeCheckpoint(at: copy)
                database = try Database(path: copy, options: options)
            default:
                database.compact()
            }
            try expectEqual(database, model, &random)
        }
    }

    @Test("the compaction filter drops what its rule names")
    func filterDrops() throws {
        let directory = TemporaryDirectory()
        var chosen = settings()
        chosen.compactionFilter = CompactionFilter { key, value in
            key.first == 1 && value.first == 9
        }
        let database = try Database(path: directory.path, options: Options(chosen))
        let batch = WriteBatch()
        for first in [UInt8(0), 1] {
            for last in [UInt8(8), 9] {
                [first, last].withUnsafeBytes { key in [last].withUnsafeBytes { batch.put(key, $0) }
                }
            }
        }
        try database.write(batch)
        try database.flush()
        database.compact()
        #expect(contents(database).map(\.0) == [[0, 8], [0, 9], [1, 8]])
    }

    @Test("a corrupt table file is an error, not a crash")
    func corruptFileIsAnError() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/db"
        var random = SplitMix64(seed: 5)
        let options = Options(settings())
        do {
            let database = try Database(path: path, options: options)
            let file = directory.path + "/1.sst"
            _ = try ingestRandom(file, options, &random, count: 4000)
            try database.ingest([file], moves: true)
        }
        let database = try Database(path: path, options: options)
        let table = try #require(database.liveFiles().first)
        let descriptor = open(path + "/" + table.name, O_RDWR)
        for offset in stride(from: 0, to: table.size / 2, by: 512) {
            var garbage: UInt64 = 0xdead_beef
            pwrite(descriptor, &garbage, 8, offset)
        }
        close(descriptor)
        let iterator = DatabaseIterator(database)
        iterator.seekToFirst()
        while iterator.isValid { iterator.next() }
        let error = #expect(throws: WeirError.self) { try iterator.checkStatus() }
        #expect(error?.code == .imageFailed)
        #expect(error?.kind == .corruption)
    }

    @Test("opening a path that cannot be a directory is an error with the path")
    func openFails() throws {
        let error = #expect(throws: WeirError.self) {
            try Database(path: "/proc/nothing/db", options: Options(settings()))
        }
        #expect(error?.code == .imageFailed)
        #expect(error?.message.contains("/proc/nothing/db") == true)
    }

    @Test("facts of a database: files, their keys, sizes")
    func facts() throws {
        let directory = TemporaryDirectory()
        let options = Options(settings())
        let database = try Database(path: directory.path + "/db", options: options)
        var random = SplitMix64(seed: 7)
        let file = directory.path + "/1.sst"
        let changes = try ingestRandom(file, options, &random, count: 3000)
        try database.ingest([file], moves: false)
        let files = database.liveFiles()
        #expect(files.map(\.entries) == [changes.count])
        #expect(files.first?.smallestKey == changes.first?.0)
        #expect(files.first?.largestKey == changes.last?.0)
        let bound = [UInt8](repeating: 255, count: 9)
        let size = try bound.withUnsafeBytes {
            try database.approximateSize(from: .init(start: nil, count: 0), to: $0)
        }
        #expect(size > 1000)
        #expect((database.property("rocksdb.estimate-num-keys") ?? 0) > 0)
    }

    // MARK: Helpers

    private func settings() -> Options.Settings {
        var settings = Options.Settings()
        settings.blockCache = Cache(capacity: 8 << 20)
        return settings
    }

    private func randomKey(_ random: inout SplitMix64) -> [UInt8] {
        (0..<Int.random(in: 1...3, using: &random)).map { _ in
            [0, 1, 127, 128, 255][Int.random(in: 0..<5, using: &random)]
        }
    }

    private func randomValue(_ random: inout SplitMix64) -> [UInt8] {
        (0..<Int.random(in: 0...40, using: &random)).map { _ in .random(in: 0...255, using: &random)
        }
    }

    private func precedes(_ a: [UInt8], _ b: [UInt8]) -> Bool { a.lexicographicallyPrecedes(b) }

    /// Writes a table file of puts and deletes; returns the changes in order.
    private func ingestRandom(
        _ path: String,
        _ options: Options,
        _ random: inout SplitMix64,
        count: Int = 30
    ) throws -> [([UInt8], [UInt8]?)] {
        var changes: [[UInt8]: [UInt8]?] = [:]
        for _ in 0..<count {
            let key =
                count > 100
                ? (0..<8).map { _ in .random(in: 0...255, using: &random) } : randomKey(&random)
            changes.updateValue(
                Bool.random(using: &random) || count > 100 ? randomValue(&random) : nil,
                forKey: key
            )
        }
        let sorted = changes.sorted { precedes($0.key, $1.key) }.map { ($0.key, $0.value) }
        let writer = try SSTFileWriter(path: path, options: options)
        for (key, value) in sorted {
            try key.withUnsafeBytes { key in
                if let value {
                    try value.withUnsafeBytes { try writer.put(key, $0) }
                } else {
                    try writer.delete(key)
                }
            }
        }
        try writer.finish()
        return sorted
    }

    private func contents(_ database: Database) -> [([UInt8], [UInt8])] {
        var found: [([UInt8], [UInt8])] = []
        let iterator = DatabaseIterator(database)
        iterator.seekToFirst()
        while iterator.isValid {
            iterator.withEntry { found.append(([UInt8]($0), [UInt8]($1))) }
            iterator.next()
        }
        return found
    }

    private func expectEqual(
        _ database: Database,
        _ model: [[UInt8]: [UInt8]],
        _ random: inout SplitMix64
    ) throws {
        let expected = model.sorted { precedes($0.key, $1.key) }
        let found = contents(database)
        #expect(found.map(\.0) == expected.map(\.key))
        #expect(found.map(\.1) == expected.map(\.value))
        let bounds = [randomKey(&random), randomKey(&random)].sorted(by: precedes)
        try bounds[0].withUnsafeBytes { lower in
            try bounds[1].withUnsafeBytes { upper in
                let iterator = DatabaseIterator(database, from: lower, to: upper)
                iterator.seekToLast()
                var keys: [[UInt8]] = []
                while iterator.isValid {
                    iterator.withEntry { key, _ in keys.append([UInt8](key)) }
                    iterator.previous()
                }
                try iterator.checkStatus()
                let inside = expected.map(\.key).filter {
                    !precedes($0, bounds[0]) && precedes($0, bounds[1])
                }
                #expect(keys == inside.reversed())
            }
        }
        try expectReads(database, model, (0..<20).map { _ in randomKey(&random) })
    }

    private func expectReads(
        _ database: Database,
        _ model: [[UInt8]: [UInt8]],
        _ keys: [[UInt8]]
    ) throws {
        let memory = keys.flatMap { $0 }
        let options = ReadOptions()
        let batch = KeyBatch()
        try memory.withUnsafeBytes { bytes in
            var offset = 0
            for key in keys {
                let range = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + key.count])
                batch.append(range)
                offset += key.count
                let single = try database.withValue(of: range, options) { $0.map { [UInt8]($0) } }
                #expect(single == model[key])
            }
            try database.withValues(of: batch, options, isSorted: false) { index, value in
                #expect(value.map { [UInt8]($0) } == model[keys[index]])
            }
        }
    }
}
