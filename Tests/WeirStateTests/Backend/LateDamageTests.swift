import Testing
import WeirCore
import WeirSnapshot
import WeirState

/// What was whole when the snapshot was verified is not when it is read.
@Suite("Damage that is found after the restore")
struct LateDamageTests {
    private let directory: TemporaryDirectory
    private let store: any FileStore
    private static let keyCount: UInt64 = 5000

    init() throws {
        directory = try TemporaryDirectory()
        store = LocalFileStore(world: directory.world, directory: directory.path + "/checkpoints")
    }

    private func place(_ attempt: UInt64) -> KeyedStatePlace {
        KeyedStatePlace(
            operatorID: OperatorID(path: "damage"),
            operatorName: "damage",
            subtask: Subtask(index: 0, parallelism: 1),
            maxParallelism: BackendHarness.maxParallelism,
            attempt: Attempt(attempt),
            scratchDirectory: "\(directory.path)/scratch-\(attempt)"
        )
    }

    private func harness(
        attempt: UInt64 = 1,
        restored: RestoredKeyedState? = nil,
        eagerBytes: Int = 0
    ) throws -> BackendHarness {
        var policy = KeyedStatePolicy()
        policy.eagerBytes = eagerBytes
        return try BackendHarness(
            place: place(attempt),
            directory: directory,
            images: RocksDBImageFactory(files: directory.world.files, cacheBytes: 1 << 20),
            store: store,
            limitBytes: 64 << 20,
            restored: restored,
            policy: policy
        )
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

    private func checkpoint(_ harness: BackendHarness, _ id: UInt64) throws -> KeyedStateSnapshot {
        try harness.backend.freeze(CheckpointID(id))
        let snapshot = try harness.upload()
        harness.backend.checkpointCompleted(CheckpointID(id))
        return snapshot
    }

    private func paths(below path: String) throws -> [String] {
        let files = directory.world.files
        guard try files.status(path)?.isDirectory == true else { return [path] }
        return try files.list(path).flatMap { try paths(below: path + "/" + $0) }
    }

    /// Changes bytes in the middle of all segment files of an attempt's scratch directory.
    private func damageSegments(of attempt: UInt64) throws -> Int {
        let files = directory.world.files
        var count = 0
        for path in try paths(below: "\(directory.path)/scratch-\(attempt)") {
            guard path.split(separator: "/").last?.hasPrefix("segment") == true else { continue }
            let file = try files.open(path, .readWrite)
            defer { file.close() }
            let bytes = [UInt8](repeating: 0xA5, count: 64)
            let middle = try file.size() / 2
            try bytes.withUnsafeBytes { try file.write($0, at: middle) }
            count += 1
        }
        return count
    }

    @Test("a merge that meets a damaged segment fails the task at once, not the fifth time")
    func merging() throws {
        let harness = try harness()
        var id: UInt64 = 0
        while harness.work.isEmpty, id < 20 {
            id += 1
            for key in 0..<Self.keyCount { try harness.setNumber(key, key &+ id) }
            _ = try checkpoint(harness, id)
        }
        let damaged = try damageSegments(of: 1)
        #expect(damaged > 0)
        let error = #expect(throws: WeirError.self) { try harness.work.runAll() }
        #expect(error?.code == .corruptSnapshot)
    }

    /// A snapshot of numbers whose values are shorter than the harness's.
    private func snapshotOfShortValues() throws -> KeyedStateSnapshot {
        let work = DeferredWork()
        let backend = try KeyedStateBackend(
            place: place(1),
            files: directory.world.files,
            images: RocksDBImageFactory(files: directory.world.files, cacheBytes: 1 << 20),
            memory: TaskMemory(limitBytes: 64 << 20),
            background: work.runner(),
            restored: nil
        )
        let numbers = try backend.flatState(
            StateDescriptor("numbers", .value),
            keys: .fixed8,
            values: .fixed(8)
        )
        for key in 0..<Self.keyCount {
            numbers.table.upsert(FlatKey8(key), hash: KeyHash.hash(key)).value
                .storeBytes(of: key, as: UInt64.self)
        }
        try backend.freeze(CheckpointID(1))
        while try !backend.serialiseSlice(until: { false }) {}
        guard let upload = backend.takeUpload() else {
            throw WeirError(.checkpointFailed, "There is nothing to upload.")
        }
        return try upload.run(store)
    }

    @Test(
        "entries that do not fit their state are refused with file and offset, whoever reads them",
        arguments: ["registration", "look-up", "loading"]
    )
    func misfits(reader: String) throws {
        let snapshot = try snapshotOfShortValues()
        let error = #expect(throws: WeirError.self) {
            let harness = try self.harness(
                attempt: 2,
                restored: restored(snapshot),
                eagerBytes: reader == "registration" ? 1 << 30 : 0
            )
            if reader == "look-up" { _ = try harness.number(7) }
            if reader == "loading" { _ = try harness.backend.maintain { false } }
        }
        #expect(error?.code == .corruptSnapshot)
        #expect(error?.reason.contains("does not fit its state") == true)
    }
}
