import Testing
import WeirCore
import WeirSnapshot
import WeirState

@Suite("Registration of keyed state")
struct StateRegistrationTests {
    private func backend(
        _ directory: TemporaryDirectory,
        restored schemas: [StateSchema] = [],
        attempt: UInt64 = 1
    ) throws -> KeyedStateBackend {
        let store = LocalFileStore(
            world: directory.world,
            directory: directory.path + "/checkpoints"
        )
        return try KeyedStateBackend(
            place: KeyedStatePlace(
                operatorID: OperatorID(path: "count"),
                operatorName: "count",
                subtask: Subtask(index: 0, parallelism: 1),
                maxParallelism: 4,
                attempt: Attempt(attempt),
                scratchDirectory: directory.path + "/scratch"
            ),
            files: directory.world.files,
            images: ModelImageFactory(files: directory.world.files),
            memory: TaskMemory(),
            background: { _, _ in },
            restored: schemas.isEmpty
                ? nil
                : RestoredKeyedState(
                    checkpoint: CheckpointID(7),
                    schemas: schemas,
                    subtasks: [],
                    store: store
                )
        )
    }

    @Test("two states of one name are refused with operator and name")
    func ambiguousNames() throws {
        let backend = try backend(try TemporaryDirectory())
        _ = try backend.orderedState(StateDescriptor("seen", .map))
        let error = #expect(throws: WeirError.self) {
            _ = try backend.orderedState(StateDescriptor("seen", .list))
        }
        #expect(error?.code == .ambiguousName)
        #expect(error?.message == "The operator count has two states named seen.")
    }

    @Test("a state of another kind, schema or life than the snapshot's is refused")
    func incompatibleStates() throws {
        let old = StateSchema(id: 3, name: "seen", kind: 3, keySchema: [1], valueSchema: [2])
        for descriptor in [
            StateDescriptor("seen", .list, keySchema: [1], valueSchema: [2]),
            StateDescriptor("seen", .map, keySchema: [9], valueSchema: [2]),
            StateDescriptor("seen", .map, keySchema: [1], valueSchema: [9]),
            StateDescriptor(
                "seen",
                .map,
                timeToLive: StateTimeToLive(milliseconds: 5),
                keySchema: [1],
                valueSchema: [2]
            ),
        ] {
            let backend = try backend(try TemporaryDirectory(), restored: [old])
            let error = #expect(throws: WeirError.self) {
                _ = try backend.orderedState(descriptor)
            }
            #expect(error?.code == .incompatibleState)
        }
    }

    @Test("a state keeps its number, and a new one gets one that none had")
    func numbersAreStable() throws {
        let old = StateSchema(id: 3, name: "seen", kind: 3)
        let backend = try backend(try TemporaryDirectory(), restored: [old])
        #expect(try backend.orderedState(StateDescriptor("new", .map)).id == 4)
        #expect(try backend.orderedState(StateDescriptor("seen", .map)).id == 3)
        try backend.settle(dropping: [])
    }

    @Test("state that nothing registers is refused or dropped, and its number stays taken")
    func unmatchedStates() throws {
        let directory = try TemporaryDirectory()
        let old = [
            StateSchema(id: 0, name: "kept", kind: 1), StateSchema(id: 5, name: "lost", kind: 1),
        ]
        let refusing = try backend(directory, restored: old)
        _ = try refusing.flatState(
            StateDescriptor("kept", .value),
            keys: .fixed8,
            values: .fixed(8)
        )
        let error = #expect(throws: WeirError.self) { try refusing.settle(dropping: []) }
        #expect(error?.code == .unmatchedState)
        #expect(error?.message.contains("lost") == true)
        try refusing.settle(dropping: ["lost"])
        try refusing.freeze(CheckpointID(8))
        while try !refusing.serialiseSlice(until: { false }) {}
        let snapshot = try #require(refusing.takeUpload()).run(
            LocalFileStore(world: directory.world, directory: directory.path + "/checkpoints")
        )
        let next = try backend(directory, restored: snapshot.schemas, attempt: 2)
        #expect(try next.orderedState(StateDescriptor("lost", .map)).id == 6)
    }

    @Test("a rollback in place goes to the newest completed checkpoint only")
    func rollbackElsewhere() throws {
        let backend = try backend(try TemporaryDirectory())
        try backend.rollBack(to: .none)
        let error = #expect(throws: WeirError.self) {
            try backend.rollBack(to: CheckpointID(1))
        }
        #expect(error?.code == .noSnapshot)
    }

    @Test("upkeep removes what has expired, and nothing else")
    func upkeepRemovesExpired() throws {
        let backend = try backend(try TemporaryDirectory())
        let state = try backend.flatState(
            StateDescriptor("seen", .value, timeToLive: StateTimeToLive(milliseconds: 10)),
            keys: .fixed8,
            values: .fixed(8)
        )
        for key in UInt64(0)..<100 {
            let flat = FlatKey8(key)
            let slot = state.table.upsert(flat, hash: flat.hash).value
            slot.storeBytes(of: Int64(key).littleEndian, as: Int64.self)
        }
        let clock = StateClock(processingTime: 59, watermark: 0)
        while try backend.maintain(at: clock, until: { false }) {}
        #expect(backend.expiredEntryCount == 60)
        #expect(state.table.count == 40)
        #expect(backend.timeToLive.contains(state: state.id))
    }

    @Test("the end of one attempt does not take the scratch files of the next")
    func attemptsHaveTheirOwnScratch() throws {
        let directory = try TemporaryDirectory()
        var first: KeyedStateBackend? = try backend(directory, attempt: 1)
        let second = try backend(directory, attempt: 2)
        #expect(first != nil)
        first = nil
        let left = try directory.world.files.list(directory.path + "/scratch")
        #expect(left == ["a2"])
        #expect(second.completed == .none)
    }
}
