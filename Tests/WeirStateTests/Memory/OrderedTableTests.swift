import Testing
import WeirCore
import WeirSnapshot
import WeirState

@Suite("The hash tier's ordered table")
struct OrderedTableTests {
    @Test(
        "random writes, freezes, slices, folds, evictions and emptyings match a sorted dictionary",
        arguments: [UInt64(60), 900, 12_000],
        [UInt64(1), 2, 3]
    )
    func matchesDictionary(keyCount: UInt64, round: UInt64) {
        let seed = keyCount << 8 | round
        print("seed \(seed) keys \(keyCount)")
        let model = OrderedTableModel(seed: seed, keyCount: keyCount)
        for _ in 0..<8 {
            for _ in 0..<1500 { model.step() }
            model.checkAll()
        }
        model.beginEpoch()
        while model.open != nil { model.serialiseSlice() }
        model.table.removeAll(areResident: true)
        #expect(model.table.count == 0 && model.table.tombstoneCount == 0)
        #expect(model.memory.usedBytes == 0)
    }

    @Test("a cursor goes on behind its key when the table changes under it")
    func cursorSurvivesChanges() {
        let table = makeTable()
        for number in 0..<1000 { set(table, UInt64(number) * 2) }
        let cursor = OrderedCursor(table)
        var met: [UInt64] = []
        var isAtEntry = cursor.first(KeyGroup(0))
        while isAtEntry {
            let number = read(cursor.key)
            met.append(number)
            if number % 100 == 0 {
                remove(table, number)
                remove(table, number + 2)
                set(table, number + 1)
            }
            isAtEntry = cursor.next()
        }
        let expected = (0..<1000).flatMap { index -> [UInt64] in
            let number = UInt64(index) * 2
            if number % 100 == 0 { return [number, number + 1] }
            return number % 100 == 2 ? [] : [number]
        }
        #expect(met == expected)
    }

    @Test("a prefix scan meets exactly the keys with the prefix")
    func prefixScan() {
        let table = makeTable()
        for number in 0..<5000 { set(table, UInt64(number) << 32 | 7) }
        let prefix: [UInt8] = [0, 0, 3]
        let cursor = OrderedCursor(table)
        var met = 0
        prefix.withUnsafeBytes { prefix in
            var isAtEntry = cursor.seek(KeyGroup(0), prefix) && cursor.hasPrefix(prefix)
            while isAtEntry {
                met += 1
                isAtEntry = cursor.next() && cursor.hasPrefix(prefix)
            }
        }
        #expect(met == 256)
    }

    @Test("the first key is found behind any number of tombstones, and after one before them")
    func firstSkipsTombstones() {
        let table = makeTable()
        for number in 0..<20_000 { set(table, UInt64(number)) }
        checkpoint(table)
        for number in 0..<19_999 {
            #expect(table.first(KeyGroup(0)).map { read($0.key) } == UInt64(number))
            remove(table, UInt64(number))
        }
        #expect(table.count == 1 && table.tombstoneCount == 19_999)
        set(table, 5)
        #expect(table.first(KeyGroup(0)).map { read($0.key) } == 5)
        remove(table, 5)
        #expect(table.first(KeyGroup(0)).map { read($0.key) } == 19_999)
        remove(table, 19_999)
        #expect(table.first(KeyGroup(0)) == nil)
    }

    @Test("keys that live and die within one epoch leave neither tombstones nor pages")
    func shortLivesLeaveNothing() {
        let memory = TaskMemory()
        let table = makeTable(memory)
        for number in 0..<50_000 { set(table, UInt64(number)) }
        for number in 0..<50_000 { remove(table, UInt64(number)) }
        #expect(table.tombstoneCount == 0 && table.dirtyCount == 0)
        #expect(memory.usedBytes == 0)
        let builder = SegmentBuilder()
        table.beginEpoch(tag: 0, into: builder)
        #expect(table.serialiseFrozen())
        #expect(builder.entryCount == 0)
    }

    private func makeTable(_ memory: TaskMemory = TaskMemory()) -> OrderedTable {
        OrderedTable(state: 1, keyGroups: KeyGroupRange(0, 2), memory: memory)
    }

    private func set(_ table: OrderedTable, _ number: UInt64) {
        withUnsafeBytes(of: number.bigEndian) { key in
            _ = table.set(KeyGroup(0), key, to: UnsafeRawBufferPointer(start: nil, count: 0))
        }
    }

    private func remove(_ table: OrderedTable, _ number: UInt64) {
        withUnsafeBytes(of: number.bigEndian) { _ = table.remove(KeyGroup(0), $0) }
    }

    private func read(_ key: UnsafeRawBufferPointer) -> UInt64 {
        UInt64(bigEndian: key.loadUnaligned(as: UInt64.self))
    }

    private func checkpoint(_ table: OrderedTable) {
        table.beginEpoch(tag: 0, into: SegmentBuilder())
        #expect(table.serialiseFrozen())
    }
}
