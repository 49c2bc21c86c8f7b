import Testing
import WeirCore
import WeirSnapshot
import WeirState

@Suite("Keyed state backend")
struct BackendPropertyTests {
    enum Kind: String, CaseIterable, Sendable {
        case rocksDB
        case model
    }

    /// What the states should hold.
    struct Model: Equatable {
        var numbers: [UInt64: UInt64] = [:]
        var texts: [UInt64: [UInt8]] = [:]
        var entries: [UInt64: [[UInt8]: [UInt8]]] = [:]
        /// By the wall clock and by the watermark.
        var living: [UInt64: Living] = [:]
        var livingEntries: [UInt64: Living] = [:]

        struct Living: Equatable {
            let value: UInt64
            let expiry: Int64

            func value(at now: Int64) -> UInt64? { expiry <= now ? nil : value }
        }

        /// The first entry of all maps of a key group.
        func front(_ group: UInt16) -> (map: UInt64, sub: [UInt8])? {
            for map in entries.keys.sorted() where BackendHarness.group(map) == group {
                let subs = entries[map, default: [:]].keys
                if let first = subs.min(by: { $0.lexicographicallyPrecedes($1) }) {
                    return (map, first)
                }
            }
            return nil
        }

        /// What a walk over a map meets, as `BackendHarness.walk` tells it.
        func walk(_ key: UInt64, from sub: [UInt8]) -> [[UInt8]] {
            (entries[key] ?? [:]).filter { !$0.key.lexicographicallyPrecedes(sub) }
                .sorted { $0.key.lexicographicallyPrecedes($1.key) }
                .map { $0.key + [0xFF] + $0.value }
        }
    }

    /// A job of one operator: its backends, its checkpoints, and what they should hold.
    struct Job {
        let directory: TemporaryDirectory
        let store: any FileStore
        let images: any ImageFactory
        var subtasks: [BackendHarness] = []
        var model = Model()
        var completedModel = Model()
        var completed: RestoredKeyedState?
        var nextCheckpoint: UInt64 = 1
        var attempt: UInt64 = 0
        var limitBytes = 1 << 20
        var policy = KeyedStatePolicy()
        var clock = StateClock(processingTime: 0, watermark: 0)
        var clockAtBarrier = StateClock(processingTime: 0, watermark: 0)

        init(_ kind: Kind) throws {
            directory = try TemporaryDirectory()
            store = LocalFileStore(
                world: directory.world,
                directory: directory.path + "/checkpoints"
            )
            images =
                kind == .model
                ? ModelImageFactory(files: directory.world.files)
                : RocksDBImageFactory(
                    files: directory.world.files,
                    cacheBytes: 1 << 20,
                    sortBytes: 8 << 10
                )
        }

        /// Starts the subtasks from the last completed checkpoint.
        mutating func start(parallelism: Int) throws {
            subtasks = []
            attempt += 1
            for index in 0..<parallelism {
                let place = KeyedStatePlace(
                    operatorID: OperatorID(path: "test"),
                    operatorName: "test",
                    subtask: Subtask(index: index, parallelism: parallelism),
                    maxParallelism: BackendHarness.maxParallelism,
                    attempt: Attempt(attempt),
                    scratchDirectory: "\(directory.path)/scratch-\(attempt)-\(index)"
                )
                subtasks.append(
                    try BackendHarness(
                        place: place,
                        directory: directory,
                        images: images,
                        store: store,
                        limitBytes: limitBytes,
                        restored: completed,
                        policy: policy
                    )
                )
            }
            goBack()
        }

        /// The model as of the last completed checkpoint: the watermark goes back too.
        mutating func goBack() {
            model = completedModel
            clock.watermark = clockAtBarrier.watermark
        }

        func owner(_ key: UInt64) -> BackendHarness {
            guard let owner = subtasks.first(where: { $0.owns(key) }) else {
                preconditionFailure("nobody owns \(key)")
            }
            return owner
        }

        /// A checkpoint of all subtasks, with changes between barrier and end.
        mutating func checkpoint(_ random: inout SplitMix64) throws {
            let id = CheckpointID(nextCheckpoint)
            nextCheckpoint += 1
            for subtask in subtasks { try subtask.backend.freeze(id, at: clock) }
            let frozen = model
            let clockNow = clock
            try change(&random)
            var parts: [SubtaskSnapshot] = []
            var schemas: [StateSchema] = []
            for (index, subtask) in subtasks.enumerated() {
                try subtask.idle(&random, clock)
                let snapshot = try subtask.upload()
                schemas = snapshot.schemas
                parts.append(
                    SubtaskSnapshot(
                        index: index,
                        keyGroups: snapshot.keyGroups,
                        image: snapshot.image,
                        segments: snapshot.segments
                    )
                )
            }
            try change(&random)
            if Int.random(in: 0..<4, using: &random) == 0 {
                for subtask in subtasks { subtask.backend.checkpointAborted(id) }
                return
            }
            for subtask in subtasks { subtask.backend.checkpointCompleted(id) }
            completedModel = frozen
            clockAtBarrier = clockNow
            completed = RestoredKeyedState(
                checkpoint: id,
                schemas: schemas,
                subtasks: parts,
                store: store
            )
        }

        mutating func change(_ random: inout SplitMix64) throws {
            clock.processingTime += Int64.random(in: 0..<20, using: &random)
            clock.watermark += Int64.random(in: 0..<20, using: &random)
            for _ in 0..<Int.random(in: 0..<60, using: &random) {
                let key = UInt64.random(in: 0..<400, using: &random)
                let owner = owner(key)
                switch Int.random(in: 0..<12, using: &random) {
                case 9, 10: try changeLiving(key, &random)
                case 11: try takeFront(BackendHarness.group(key % 8))
                case 0:
                    try owner.removeNumber(key)
                    model.numbers[key] = nil
                case 1:
                    try owner.removeText(key)
                    model.texts[key] = nil
                case 2, 3:
                    let text = (0..<Int.random(in: 0..<60, using: &random)).map { _ in
                        UInt8.random(in: 0...255, using: &random)
                    }
                    try owner.setText(key, text)
                    model.texts[key] = text
                case 4, 5, 6:
                    try changeEntry(key % 8, &random)
                default:
                    let value = random.next()
                    try owner.setNumber(key, value)
                    model.numbers[key] = value
                }
            }
        }

        private mutating func changeLiving(
            _ key: UInt64,
            _ random: inout SplitMix64
        ) throws {
            let value = random.next()
            if value % 2 == 0 {
                try owner(key).setLiving(key, value, clock)
                model.living[key] = Model.Living(
                    value: value,
                    expiry: clock.processingTime + 100
                )
            } else {
                owner(key).setLivingEntry(key, value, clock)
                model.livingEntries[key] = Model.Living(
                    value: value,
                    expiry: clock.watermark + 100
                )
            }
        }

        /// Takes the first entry of a group, as timers are taken.
        private mutating func takeFront(_ group: UInt16) throws {
            guard
                let owner = subtasks.first(where: {
                    $0.backend.keyGroups.contains(KeyGroup(group))
                })
            else { return }
            let expected = model.front(group)
            let found = try owner.takeFront(group).map { BackendHarness.split($0) }
            #expect(found?.0 == expected?.map && found?.1 == expected?.sub)
            if let expected { model.entries[expected.map]?[expected.sub] = nil }
        }

        func expectEqualLiving(_ keys: [UInt64], _ step: Int) throws {
            for key in keys {
                #expect(
                    try owner(key).living(key, clock)
                        == model.living[key]?.value(at: clock.processingTime),
                    "living \(key) at step \(step)"
                )
                #expect(
                    try owner(key).livingEntry(key, clock)
                        == model.livingEntries[key]?.value(at: clock.watermark),
                    "living entry \(key) at step \(step)"
                )
            }
        }

        /// Maps are few and large, so that walks are long.
        private mutating func changeEntry(
            _ key: UInt64,
            _ random: inout SplitMix64
        ) throws {
            let owner = owner(key)
            let sub = (0..<Int.random(in: 0..<4, using: &random)).map { _ in
                UInt8.random(in: 0..<4, using: &random)
            }
            if Int.random(in: 0..<3, using: &random) == 0 {
                owner.removeEntry(key, sub)
                model.entries[key]?[sub] = nil
            } else {
                let value = withUnsafeBytes(of: random.next()) { [UInt8]($0) }
                owner.setEntry(key, sub, value)
                model.entries[key, default: [:]][sub] = value
            }
        }

        /// Compares walks and single entries of all maps.
        func expectEqualEntries(_ sub: [UInt8], _ step: Int) throws {
            for key in UInt64(0)..<8 {
                let owner = owner(key)
                #expect(
                    try owner.walk(key, from: sub) == model.walk(key, from: sub),
                    "map \(key) at step \(step)"
                )
                #expect(
                    try owner.entry(key, sub) == model.entries[key]?[sub],
                    "entry \(key) \(sub) at step \(step)"
                )
            }
        }

        func expectEqual(_ keys: [UInt64], _ step: Int) throws {
            for subtask in subtasks {
                let own = keys.filter { subtask.owns($0) }
                let found = try subtask.numbers(own)
                for (key, value) in zip(own, found) {
                    #expect(value == model.numbers[key], "number \(key) at step \(step)")
                    let text = try subtask.text(key)
                    #expect(text == model.texts[key], "text \(key) at step \(step)")
                }
            }
        }
    }

    @Test(
        "a backend holds what a dictionary holds, whatever happens to it",
        arguments: Kind.allCases,
        1...10 as ClosedRange<UInt64>
    )
    func equalsModel(kind: Kind, seed: UInt64) throws {
        print("\(kind) seed \(seed)")
        // From far too little memory, so that everything is spilled, to ample.
        _ = try run(kind, seed: seed, limits: 12..<20)
    }

    @Test(
        "state that fits in memory is never folded, and its segments stay few",
        arguments: 11...30 as ClosedRange<UInt64>
    )
    func mergesSegments(seed: UInt64) throws {
        print("seed \(seed)")
        let job = try run(.model, seed: seed, limits: 26..<30)
        #expect(job.completed?.subtasks.allSatisfy { $0.image == nil } ?? false)
        for subtask in job.completed?.subtasks ?? [] { #expect(subtask.segments.count < 40) }
    }

    private func run(_ kind: Kind, seed: UInt64, limits: Range<Int>) throws -> Job {
        var random = SplitMix64(seed: seed)
        var job = try Job(kind)
        job.limitBytes = 1 << (limits.upperBound - 1)
        if seed % 2 == 0 { job.policy.eagerBytes = 0 }
        try job.start(parallelism: 1)
        for step in 0..<300 {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<6:
                try job.change(&random)
            case 6..<11:
                if let subtask = job.subtasks.randomElement(using: &random) {
                    try subtask.idle(&random, job.clock)
                }
            case 11..<14:
                try job.checkpoint(&random)
            case 14:
                for subtask in job.subtasks { try subtask.work.runAll() }
            case 15:
                job.limitBytes = 1 << Int.random(in: limits, using: &random)
                for subtask in job.subtasks {
                    subtask.backend.memory.limitBytes = job.limitBytes
                }
            case 16:
                guard let completed = job.completed else { continue }
                for subtask in job.subtasks {
                    try subtask.backend.rollBack(to: completed.checkpoint)
                }
                job.goBack()
            case 17:
                try job.start(parallelism: Int.random(in: 1...3, using: &random))
            default:
                let keys = (0..<40).map { _ in UInt64.random(in: 0..<400, using: &random) }
                try job.expectEqual(keys, step)
                try job.expectEqualLiving(keys, step)
                try job.expectEqualEntries([UInt8.random(in: 0..<4, using: &random)], step)
            }
        }
        try job.expectEqual(Array(0..<400), 300)
        try job.expectEqualLiving(Array(0..<400), 300)
        try job.expectEqualEntries([], 300)
        return job
    }
}
