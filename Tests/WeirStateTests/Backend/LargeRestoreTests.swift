import Synchronization
import Testing
import WeirCore
import WeirSnapshot
import WeirState

/// Snapshots that hold several versions of each key, and whose index would take much of the memory.
@Suite("A restore of more entries than can be indexed")
struct LargeRestoreTests {
    private let directory: TemporaryDirectory
    private let store: any FileStore
    private static let keyCount: UInt64 = 30_000
    private static let epochs: UInt64 = 5

    init() throws {
        directory = try TemporaryDirectory()
        store = LocalFileStore(world: directory.world, directory: directory.path + "/checkpoints")
    }

    private func harness(
        _ images: CountingImageFactory,
        attempt: UInt64,
        subtask: Subtask = Subtask(index: 0, parallelism: 1),
        limitBytes: Int,
        restored: RestoredKeyedState? = nil
    ) throws -> BackendHarness {
        var policy = KeyedStatePolicy()
        policy.eagerBytes = 0
        return try BackendHarness(
            place: KeyedStatePlace(
                operatorID: OperatorID(path: "large"),
                operatorName: "large",
                subtask: subtask,
                maxParallelism: BackendHarness.maxParallelism,
                attempt: Attempt(attempt),
                scratchDirectory: "\(directory.path)/scratch-\(attempt)-\(subtask.index)"
            ),
            directory: directory,
            images: images,
            store: store,
            limitBytes: limitBytes,
            restored: restored,
            policy: policy
        )
    }

    private func checkpoint(_ harness: BackendHarness, _ id: UInt64) throws -> KeyedStateSnapshot {
        try harness.backend.freeze(CheckpointID(id))
        let snapshot = try harness.upload()
        harness.backend.checkpointCompleted(CheckpointID(id))
        return snapshot
    }

    /// Changes every key in each epoch, and removes every seventh in the last; merges nothing.
    private func write() throws -> KeyedStateSnapshot {
        let harness = try harness(
            CountingImageFactory(files: directory.world.files),
            attempt: 1,
            limitBytes: 64 << 20
        )
        for epoch in 1..<Self.epochs {
            for key in 0..<Self.keyCount { try harness.setNumber(key, key + epoch) }
            _ = try checkpoint(harness, epoch)
        }
        for key in 0..<Self.keyCount {
            if key % 7 == 0 {
                try harness.removeNumber(key)
            } else {
                try harness.setNumber(key, key + Self.epochs)
            }
        }
        return try checkpoint(harness, Self.epochs)
    }

    private func restored(_ snapshots: [KeyedStateSnapshot]) -> RestoredKeyedState {
        RestoredKeyedState(
            checkpoint: snapshots[0].checkpoint,
            schemas: snapshots[0].schemas,
            subtasks: snapshots.enumerated().map { index, snapshot in
                SubtaskSnapshot(
                    index: index,
                    keyGroups: snapshot.keyGroups,
                    image: snapshot.image,
                    segments: snapshot.segments
                )
            },
            store: store
        )
    }

    private func expectAll(_ harness: BackendHarness, _ epoch: UInt64) throws {
        for key in 0..<Self.keyCount where harness.owns(key) {
            let expected = key % 7 == 0 ? nil : key + epoch
            #expect(try harness.number(key) == expected, "key \(key)")
        }
    }

    private func entryCount(_ snapshot: KeyedStateSnapshot) -> Int {
        snapshot.segments.reduce(0) { $0 + $1.entryCount }
    }

    @Test("old versions are merged away first; nothing is read from a database", arguments: [1, 2])
    func merged(parallelism: Int) throws {
        let written = try write()
        #expect(entryCount(written) == Int(Self.keyCount * Self.epochs))
        var snapshots: [KeyedStateSnapshot] = []
        for index in 0..<parallelism {
            let images = CountingImageFactory(files: directory.world.files)
            let harness = try harness(
                images,
                attempt: 2,
                subtask: Subtask(index: index, parallelism: parallelism),
                limitBytes: (4 << 20) / parallelism,
                restored: restored([written])
            )
            for key in 0..<Self.keyCount where harness.owns(key) && key % 7 != 0 {
                try harness.setNumber(key, key + 100)
            }
            while try harness.backend.maintain(until: { false }) {}
            try harness.work.runAll()
            try expectAll(harness, 100)
            // The image that it begins with, which nothing was put into.
            #expect(images.openCount == 1)
            snapshots.append(try checkpoint(harness, Self.epochs + 1))
        }
        // What was merged and the epoch after it: two versions at most.
        #expect(snapshots.reduce(0) { $0 + entryCount($1) } <= 2 * Int(Self.keyCount))
        let again = try harness(
            CountingImageFactory(files: directory.world.files),
            attempt: 3,
            limitBytes: 64 << 20,
            restored: restored(snapshots)
        )
        try expectAll(again, 100)
    }

    @Test("what is too much also without old versions goes to a spill layer")
    func spilled() throws {
        let images = CountingImageFactory(files: directory.world.files)
        let harness = try harness(
            images,
            attempt: 2,
            limitBytes: 512 << 10,
            restored: restored([try write()])
        )
        try expectAll(harness, Self.epochs)
        #expect(images.openCount > 1)
    }
}

/// RocksDB, with a count of the databases that were asked for.
private final class CountingImageFactory: ImageFactory {
    private let inner: RocksDBImageFactory
    private let count = Atomic<Int>(0)

    init(files: any FileSystem) { inner = RocksDBImageFactory(files: files, cacheBytes: 1 << 20) }

    var openCount: Int { count.load(ordering: .relaxed) }

    func open(
        directory: String,
        parts: [CapturedImage],
        range: KeyGroupRange,
        timeToLive: ImageTimeToLive,
        verifies: Bool
    ) throws(WeirError) -> any ImageStore {
        count.add(1, ordering: .relaxed)
        return try inner.open(
            directory: directory,
            parts: parts,
            range: range,
            timeToLive: timeToLive,
            verifies: verifies
        )
    }
}
