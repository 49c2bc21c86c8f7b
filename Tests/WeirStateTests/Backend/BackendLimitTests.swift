import Synchronization
import Testing
import WeirCore
import WeirSnapshot
import WeirState

@Suite("Limits of the keyed state backend")
struct BackendLimitTests {
    private let directory: TemporaryDirectory
    private let store: any FileStore

    init() throws {
        directory = try TemporaryDirectory()
        store = LocalFileStore(world: directory.world, directory: directory.path + "/checkpoints")
    }

    private func harness(
        _ images: any ImageFactory,
        limitBytes: Int,
        attempt: UInt64 = 1,
        restored: RestoredKeyedState? = nil,
        policy: KeyedStatePolicy = KeyedStatePolicy()
    ) throws -> BackendHarness {
        try BackendHarness(
            place: KeyedStatePlace(
                operatorID: OperatorID(path: "limits"),
                operatorName: "limits",
                subtask: Subtask(index: 0, parallelism: 1),
                maxParallelism: BackendHarness.maxParallelism,
                attempt: Attempt(attempt),
                scratchDirectory: "\(directory.path)/scratch-\(attempt)"
            ),
            directory: directory,
            images: images,
            store: store,
            limitBytes: limitBytes,
            restored: restored,
            policy: policy
        )
    }

    private func rocksDB() -> RocksDBImageFactory {
        RocksDBImageFactory(files: directory.world.files, cacheBytes: 1 << 20)
    }

    private func restored(_ snapshot: KeyedStateSnapshot) -> RestoredKeyedState {
        RestoredKeyedState(
            checkpoint: snapshot.checkpoint,
            schemas: snapshot.schemas,
            subtasks: [
                SubtaskSnapshot(
                    index: 0,
                    keyGroups: snapshot.keyGroups,
                    image: snapshot.image,
                    segments: snapshot.segments
                )
            ],
            store: store
        )
    }

    /// Sets numbers `keys` to `value(key)`, a batch at a time, with upkeep between.
    private func set(
        _ keys: Range<UInt64>,
        in harness: BackendHarness,
        _ value: (UInt64) -> UInt64
    ) throws {
        for key in keys {
            try harness.setNumber(key, value(key))
            if key % 1024 == 0 {
                _ = try harness.backend.maintain { false }
                try harness.work.runOne()
            }
        }
    }

    @Test("state far larger than its memory stays inside it, also if no checkpoint takes it")
    func dirtyStateIsSpilled() throws {
        let limit = 2 << 20
        let harness = try harness(rocksDB(), limitBytes: limit)
        let count: UInt64 = 250_000
        try set(0..<count, in: harness) { $0 &* 3 }
        try set(0..<count / 2, in: harness) { $0 &* 5 }
        #expect(harness.backend.memory.highestBytes < limit + limit / 2)
        let keys = Array(stride(from: UInt64(0), to: count, by: 97))
        for start in stride(from: 0, to: keys.count, by: 500) {
            let some = Array(keys[start..<min(start + 500, keys.count)])
            let found = try harness.numbers(some)
            #expect(found == some.map { $0 < count / 2 ? $0 &* 5 : $0 &* 3 })
            _ = try harness.backend.maintain { false }
        }
        #expect(harness.backend.memory.highestBytes < limit + limit / 2)
    }

    @Test("a large epoch is cut into several segments, and restored from them")
    func largeEpochsAreCut() throws {
        let first = try harness(rocksDB(), limitBytes: 64 << 20)
        try set(0..<400_000, in: first) { $0 &+ 1 }
        try first.backend.freeze(CheckpointID(1))
        // Slices of the smallest size: each looks at some buckets only.
        var slices = 1
        while try !first.backend.serialiseSlice(until: { true }) { slices += 1 }
        #expect(slices > 100)
        let snapshot = try first.upload()
        #expect(snapshot.segments.count >= 2)
        #expect(snapshot.segments.reduce(0) { $0 + $1.entryCount } == 400_000)
        first.backend.checkpointCompleted(CheckpointID(1))
        let second = try harness(
            rocksDB(),
            limitBytes: 8 << 20,
            attempt: 2,
            restored: restored(snapshot)
        )
        let keys = Array(stride(from: UInt64(0), to: 400_000, by: 1009))
        #expect(try second.numbers(keys) == keys.map { $0 &+ 1 })
    }

    @Test("restored tables grow to their size at once, and are no larger than those that grew")
    func loadedToSize() throws {
        let count: UInt64 = 500_000
        let first = try harness(rocksDB(), limitBytes: 256 << 20)
        try set(0..<count, in: first) { $0 &+ 1 }
        try first.backend.freeze(CheckpointID(1))
        _ = try first.upload()
        first.backend.checkpointCompleted(CheckpointID(1))
        // Two checkpoints, so that some keys are in both; some are gone.
        try set(0..<count / 4, in: first) { $0 &+ 2 }
        for key in stride(from: UInt64(0), to: count, by: 10) { try first.removeNumber(key) }
        try first.backend.freeze(CheckpointID(2))
        let snapshot = try first.upload()
        first.backend.checkpointCompleted(CheckpointID(2))
        func value(_ key: UInt64) -> UInt64? {
            key % 10 == 0 ? nil : key < count / 4 ? key &+ 2 : key &+ 1
        }
        let second = try harness(
            rocksDB(),
            limitBytes: 256 << 20,
            attempt: 2,
            restored: restored(snapshot)
        )
        // Some keys are there before their part is loaded, one of them new.
        try second.setNumber(count, 7)
        for key in stride(from: UInt64(0), to: count, by: 5003) {
            #expect(try second.number(key) == value(key))
        }
        var slices = 0
        while second.backend.isLoading {
            var asked = 0
            _ = try second.backend.maintain {
                asked += 1
                return asked > 2
            }
            try second.work.runAll()
            slices += 1
            guard slices < 1_000_000 else { throw WeirError(.jobFailed, "Loading does not end.") }
        }
        #expect(slices > 50)
        #expect(second.numbers.table.count == Int(count - count / 10 + 1))
        let (loaded, grown) = (second.numbers.table.liveBytes, first.numbers.table.liveBytes)
        #expect(loaded <= grown + grown / 8, "\(loaded) bytes, \(grown) where it grew")
        var wrong: [UInt64] = []
        for key in 0..<count {
            let found = try second.number(key)
            if found != value(key), wrong.count < 5 { wrong.append(key) }
        }
        #expect(wrong.isEmpty)
    }

    @Test("a full disk while folding loses nothing; the next checkpoint folds, or the task fails")
    func fullDiskWhileFolding() throws {
        let factory = FullDiskFactory(files: directory.world.files)
        var policy = KeyedStatePolicy()
        policy.mergePercent = 0
        let harness = try harness(factory, limitBytes: 8 << 20, policy: policy)
        var number: UInt64 = 0
        func checkpoint() throws -> KeyedStateSnapshot {
            number += 1
            try harness.setNumber(number % 7, number)
            try harness.backend.freeze(CheckpointID(number))
            let snapshot = try harness.upload()
            harness.backend.checkpointCompleted(CheckpointID(number))
            return snapshot
        }
        factory.failures.left.withLock { $0 = 3 }
        var snapshot = try checkpoint()
        for _ in 0..<12 {
            snapshot = try checkpoint()
            try harness.work.runAll()
        }
        #expect(snapshot.image != nil)
        let second = try self.harness(
            factory,
            limitBytes: 8 << 20,
            attempt: 2,
            restored: restored(snapshot)
        )
        #expect(try second.numbers([1, 2, 3]) == [8, 9, 10])
        factory.failures.left.withLock { $0 = 100 }
        let error = #expect(throws: WeirError.self) {
            for _ in 0..<20 {
                _ = try checkpoint()
                try harness.work.runAll()
            }
        }
        #expect(error?.code == .diskFull)
    }
}
