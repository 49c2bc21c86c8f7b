import Testing
import WeirCore
import WeirSnapshot
import WeirState

/// Two operators that share a budget, with state of four times that, updated at random.
@Suite("Bounded memory of keyed state")
struct BoundedMemoryTests {
    private static let limit = 4 << 20
    /// About 40 bytes an entry in a table of numbers, 90 in one of sorted entries.
    private static let numberCount: UInt64 = 260_000
    private static let entryCount: UInt64 = 50_000

    private let directory: TemporaryDirectory
    private let store: any FileStore
    private let pool = MemoryPool(limitBytes: limit)

    init() throws {
        directory = try TemporaryDirectory()
        store = LocalFileStore(world: directory.world, directory: directory.path + "/checkpoints")
    }

    private func harness(
        _ name: String,
        _ pool: MemoryPool,
        attempt: UInt64 = 1,
        restored: RestoredKeyedState? = nil
    ) throws -> BackendHarness {
        try BackendHarness(
            place: KeyedStatePlace(
                operatorID: OperatorID(path: name),
                operatorName: name,
                subtask: Subtask(index: 0, parallelism: 1),
                maxParallelism: BackendHarness.maxParallelism,
                attempt: Attempt(attempt),
                scratchDirectory: "\(directory.path)/\(name)-\(attempt)"
            ),
            directory: directory,
            images: RocksDBImageFactory(files: directory.world.files, cacheBytes: 1 << 20),
            store: store,
            memory: TaskMemory(sharing: pool),
            restored: restored
        )
    }

    private func entryKey(_ number: UInt64) -> (map: UInt64, sub: [UInt8]) {
        (number % 64, withUnsafeBytes(of: number.bigEndian) { [UInt8]($0) })
    }

    /// Writes and removes at random; returns what the harness must hold then.
    private func change(
        _ harness: BackendHarness,
        _ count: Int,
        _ random: inout SplitMix64,
        _ numbers: inout [UInt64: UInt64],
        _ entries: inout [UInt64: UInt64]
    ) throws {
        for _ in 0..<count {
            let value = random.next()
            let key = random.next() % Self.numberCount
            if value % 8 == 0 {
                try harness.removeNumber(key)
                numbers[key] = nil
            } else {
                try harness.setNumber(key, value)
                numbers[key] = value
            }
            guard value % 4 == 1 else { continue }
            let number = random.next() % Self.entryCount
            let (map, sub) = entryKey(number)
            if value % 32 == 1 {
                harness.removeEntry(map, sub)
                entries[number] = nil
            } else {
                let text = withUnsafeBytes(of: value) { [UInt8]($0) }
                harness.setEntry(map, sub, text + text + text + text)
                entries[number] = value
            }
        }
    }

    /// A checkpoint that completes or is given up.
    private func checkpoint(
        _ harness: BackendHarness,
        _ number: UInt64,
        completes: Bool
    ) throws -> KeyedStateSnapshot {
        try harness.backend.freeze(CheckpointID(number))
        let snapshot = try harness.upload()
        if completes {
            harness.backend.checkpointCompleted(CheckpointID(number))
        } else {
            harness.backend.checkpointAborted(CheckpointID(number))
        }
        return snapshot
    }

    private func expectSome(
        _ harness: BackendHarness,
        _ numbers: [UInt64: UInt64],
        _ entries: [UInt64: UInt64]
    ) throws {
        for start in stride(from: UInt64(0), to: Self.numberCount, by: 13_001) {
            let keys = Array(start..<min(start + 100, Self.numberCount))
            #expect(try harness.numbers(keys) == keys.map { numbers[$0] })
        }
        for number in stride(from: UInt64(0), to: Self.entryCount, by: 501) {
            let (map, sub) = entryKey(number)
            let found = try harness.entry(map, sub).map { bytes in
                bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
            }
            #expect(found == entries[number])
        }
    }

    @Test(
        "random updates of state of four times the budget stay inside it",
        arguments: [1, 2] as [UInt64]
    )
    func staysInside(seed: UInt64) throws {
        print("seed \(seed)")
        var random = SplitMix64(seed: seed)
        let busy = try harness("busy", pool)
        let quiet = try harness("quiet", pool)
        var numbers: [UInt64: UInt64] = [:]
        var entries: [UInt64: UInt64] = [:]
        var quietNumbers: [UInt64: UInt64] = [:]
        var quietEntries: [UInt64: UInt64] = [:]
        var atCheckpoint = numbers
        var entriesAtCheckpoint = entries
        var completed: UInt64 = 0
        for round in UInt64(1)...600 {
            try change(busy, 1000, &random, &numbers, &entries)
            _ = try busy.backend.maintain { false }
            if round % 4 == 0 {
                try change(quiet, 200, &random, &quietNumbers, &quietEntries)
                _ = try quiet.backend.maintain { false }
                try quiet.work.runOne()
            }
            try busy.work.runOne()
            if round % 50 == 0 {
                _ = try checkpoint(busy, round, completes: round % 150 != 0)
                if round % 150 != 0 {
                    completed = round
                    atCheckpoint = numbers
                    entriesAtCheckpoint = entries
                }
            }
            if round % 170 == 0 {
                try busy.backend.rollBack(to: CheckpointID(completed))
                numbers = atCheckpoint
                entries = entriesAtCheckpoint
            }
        }
        #expect(pool.highestBytes <= Self.limit, "seed \(seed): \(pool.highestBytes)")
        try expectSome(busy, numbers, entries)
        _ = try busy.backend.maintain { false }
        try expectSome(quiet, quietNumbers, quietEntries)
        let snapshot = try checkpoint(busy, 1000, completes: true)
        let next = MemoryPool(limitBytes: Self.limit)
        let restored = try harness(
            "busy",
            next,
            attempt: 2,
            restored: RestoredKeyedState(
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
        )
        try expectSome(restored, numbers, entries)
        #expect(next.highestBytes <= Self.limit)
    }
}
