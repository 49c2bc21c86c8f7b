import Testing
import WeirCore
import WeirSnapshot
import WeirState

@Suite("The hash tier's table")
struct FlatTableTests {
    @Test(
        "random writes, freezes, slices, folds, evictions and emptyings match a dictionary",
        arguments: [
            (FlatKeyKind.fixed8, FlatValueKind.fixed(8)), (.fixed8, .fixed(24)),
            (.fixed8, .bytes), (.fixed16, .fixed(8)), (.fixed16, .fixed(256)),
            (.fixed16, .fixed(0)),
            (.bytes, .fixed(8)), (.bytes, .bytes),
        ],
        [UInt64(400), 20_000]
    )
    func matchesDictionary(kinds: (FlatKeyKind, FlatValueKind), keyCount: UInt64) {
        let seed = keyCount &+ UInt64(kinds.0.rawValue) << 32
        print("seed \(seed) keys \(kinds.0) values \(kinds.1)")
        let model = FlatTableModel(
            seed: seed,
            keys: kinds.0,
            values: kinds.1,
            keyCount: keyCount
        )
        for _ in 0..<10 {
            for _ in 0..<1200 { model.step() }
            model.checkAll()
        }
        model.beginEpoch()
        while model.open != nil { model.serialiseSlice() }
        model.checkAll()
    }

    @Test("a batch finds its keys again while segments grow under it", arguments: [1, 1024, 5000])
    func batchOverGrowth(count: Int) {
        let table = makeTable()
        let keys = (0..<UInt64(count)).map { $0 / 2 }
        let hashes = keys.map { KeyHash.hash($0) }
        var newCount = 0
        for _ in 0..<2 {
            table.upsertBatch(keys: keys, hashes: hashes, count: count) { index, value, isNew in
                if isNew { newCount += 1 }
                let bytes = value.assumingMemoryBound(to: UInt64.self)
                bytes.pointee += keys[index] + 1
            }
        }
        #expect(newCount == (count + 1) / 2 && table.count == newCount)
        for key in keys {
            guard case .value(let value) = table.find(FlatKey8(key), hash: KeyHash.hash(key)) else {
                Issue.record("key \(key) is lost")
                return
            }
            let times: UInt64 = 2 * key + 1 < UInt64(count) ? 4 : 2
            #expect(value.load(as: UInt64.self) == times * (key + 1))
        }
    }

    @Test(
        "emptied in the midst of an epoch, twice in a row or not, it counts nothing twice",
        arguments: [
            (FlatKeyKind.fixed8, FlatValueKind.fixed(8)), (.fixed16, .bytes), (.bytes, .bytes),
        ],
        [UInt64(300), 5_000]
    )
    func emptied(kinds: (FlatKeyKind, FlatValueKind), keyCount: UInt64) {
        let seed = 77 &+ keyCount &+ UInt64(kinds.0.rawValue) << 32
        print("seed \(seed) keys \(kinds.0) values \(kinds.1)")
        let model = FlatTableModel(
            seed: seed,
            keys: kinds.0,
            values: kinds.1,
            keyCount: keyCount
        )
        for round in 0..<30 {
            for _ in 0..<200 { model.step() }
            if round % 3 == 0, model.open == nil { model.beginEpoch() }
            for _ in 0..<(round % 5) { model.step() }
            model.empty()
            if round % 4 == 0 { model.empty() }
            model.checkAll()
        }
        for _ in 0..<600 { model.step() }
        model.checkAll()
    }

    @Test("a key that lives and dies within one epoch leaves nothing in the checkpoint")
    func shortLivesLeaveNothing() {
        let table = makeTable()
        let key = FlatKey8(4)
        _ = table.upsert(key, hash: key.hash)
        #expect(table.remove(key, hash: key.hash))
        #expect(table.count == 0 && table.tombstoneCount == 0 && table.dirtyCount == 0)
        let builder = SegmentBuilder()
        table.beginEpoch(tag: 1, into: builder)
        #expect(table.serialiseFrozen())
        #expect(builder.entryCount == 0)
    }

    @Test("the first write after the barrier saves the value of before it")
    func firstWriteSavesImage() {
        let table = makeTable()
        let key = FlatKey8(4)
        set(table, key, 1)
        let builder = SegmentBuilder()
        table.beginEpoch(tag: 1, into: builder)
        #expect(table.frozenCount == 1)
        set(table, key, 2)
        #expect(table.frozenCount == 0 && table.dirtyCount == 1)
        let contents = SegmentContents(builder.finish())
        #expect(contents.entries.map { $0.value } == [[1, 0, 0, 0, 0, 0, 0, 0]])
    }

    @Test("a removed key is a tombstone until the checkpoint that knows it is folded")
    func tombstonesGoWhenFolded() {
        let table = makeTable()
        let key = FlatKey8(4)
        set(table, key, 1)
        checkpoint(table, 1)
        #expect(table.remove(key, hash: key.hash))
        #expect(table.tombstoneCount == 1)
        checkpoint(table, 2)
        table.evict(bytes: 1 << 20)
        #expect(table.tombstoneCount == 1)
        table.markFolded(tag: 1)
        table.markFolded(tag: 2)
        table.evict(bytes: 1 << 20)
        #expect(table.tombstoneCount == 0 && table.count == 0)
    }

    @Test("dirty and unfolded entries are not evicted, others are, and memory comes back")
    func evictionSparesWhatIsNeeded() {
        let memory = TaskMemory()
        let table = makeTable(memory)
        for number in 0..<100_000 { set(table, FlatKey8(UInt64(number)), UInt64(number)) }
        let full = memory.usedBytes
        #expect(table.evict(bytes: full) == 0)
        checkpoint(table, 1)
        #expect(table.evict(bytes: full) == 0)
        table.markFolded(tag: 1)
        for number in 0..<1000 { set(table, FlatKey8(UInt64(number)), 1) }
        while table.evict(bytes: full) > 0 {}
        #expect(table.count == 1000)
        #expect(memory.usedBytes < full / 20)
        guard case .unknown = table.find(FlatKey8(5000), hash: FlatKey8(5000).hash) else {
            Issue.record("an evicted key must be unknown")
            return
        }
    }

    @Test("a table gives back what it charged")
    func memoryIsReturned() {
        let memory = TaskMemory()
        for kind in [FlatKeyKind.fixed8, .fixed16, .bytes] {
            let model = FlatTableModel(seed: 1, keys: kind, values: .bytes, keyCount: 5000)
            for _ in 0..<3000 { model.step() }
            model.table.removeAll(areResident: true)
            #expect(model.table.count == 0)
            let table = FlatTable(
                state: 1,
                keys: kind,
                values: .bytes,
                keyGroups: KeyGroupRange(0, 4),
                maxParallelism: 4,
                memory: memory
            )
            _ = table.liveBytes
        }
        #expect(memory.usedBytes == 0)
    }

    private func makeTable(_ memory: TaskMemory = TaskMemory()) -> FlatTable {
        FlatTable(
            state: 1,
            keys: .fixed8,
            values: .fixed(8),
            keyGroups: KeyGroupRange(0, 16),
            maxParallelism: 16,
            memory: memory
        )
    }

    private func set(_ table: FlatTable, _ key: FlatKey8, _ value: UInt64) {
        table.upsert(key, hash: key.hash).value.storeBytes(of: value, as: UInt64.self)
    }

    private func checkpoint(_ table: FlatTable, _ tag: UInt8) {
        table.beginEpoch(tag: tag, into: SegmentBuilder())
        #expect(table.serialiseFrozen())
    }
}
