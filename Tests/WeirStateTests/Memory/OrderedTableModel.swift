import Testing
import WeirCore
import WeirSnapshot
import WeirState

/// An `OrderedTable` driven by random steps beside a dictionary, with the checkpoints that a backend
/// would keep: segments in order, an image of the folded ones.
final class OrderedTableModel {
    static let state: UInt16 = 9
    static let groups = KeyGroupRange(2, 6)

    let table: OrderedTable
    let memory = TaskMemory()
    let keyCount: UInt64
    var random: SplitMix64
    /// What the table must hold.
    var expected: [SegmentContents.Key: [UInt8]] = [:]
    /// What it held at the last barrier.
    var atBarrier: [SegmentContents.Key: [UInt8]] = [:]
    /// What folded checkpoints hold.
    var image: [SegmentContents.Key: [UInt8]] = [:]
    /// Complete segments that are not folded, oldest first.
    var segments: [(tag: UInt8, contents: SegmentContents)] = []
    var open: (tag: UInt8, builder: SegmentBuilder)?

    init(seed: UInt64, keyCount: UInt64) {
        random = SplitMix64(seed: seed)
        self.keyCount = keyCount
        table = OrderedTable(state: Self.state, keyGroups: Self.groups, memory: memory)
    }

    /// Keys with long common beginnings, some longer than a page keeps inside.
    func randomKey() -> SegmentContents.Key {
        let number = random.next() % keyCount
        let beginning = [UInt8](repeating: 5, count: Int(number % 9 == 0 ? 300 : number % 7))
        let end = withUnsafeBytes(of: (number / 3).bigEndian) { Array($0) }
        let group = UInt16(Self.groups.lower) + UInt16(number % UInt64(Self.groups.count))
        return SegmentContents.Key(keyGroup: group, state: Self.state, bytes: beginning + end)
    }

    func randomValue() -> [UInt8] {
        let choice = random.next() % 100
        let count = choice == 0 ? 5000 : choice < 5 ? 400 : Int(random.next() % 40)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    /// What segments and image hold of a key; the newest counts.
    func below(_ key: SegmentContents.Key) -> [UInt8]? {
        for segment in segments.reversed() {
            if let entry = segment.contents.latest[key] { return entry }
        }
        return image[key]
    }

    /// The expected entries of a group in the order of their keys.
    func sorted(_ group: UInt16) -> [(key: [UInt8], value: [UInt8])] {
        expected.filter { $0.key.keyGroup == group }
            .map { (key: $0.key.bytes, value: $0.value) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }
}

extension OrderedTableModel {
    /// One random step of any kind, checked.
    func step() {
        switch random.next() % 1000 {
        case 0..<450: set(randomKey())
        case 450..<750: remove(randomKey())
        case 750..<880: check(randomKey())
        case 880..<890: checkFirst()
        case 890..<970: serialiseSlice()
        case 970..<980: beginEpoch()
        case 980..<990: fold()
        case 990..<998: evict()
        default: empty()
        }
    }

    func set(_ key: SegmentContents.Key) {
        load(key)
        let value = randomValue()
        let isNew = key.bytes.withUnsafeBytes { bytes in
            value.withUnsafeBytes { table.set(KeyGroup(key.keyGroup), bytes, to: $0) }
        }
        #expect(isNew == (expected[key] == nil))
        expected[key] = value
    }

    func remove(_ key: SegmentContents.Key) {
        load(key)
        let removed = key.bytes.withUnsafeBytes { table.remove(KeyGroup(key.keyGroup), $0) }
        #expect(removed == (expected[key] != nil))
        expected[key] = nil
    }

    /// Loads what is below of a key that the table does not know.
    func load(_ key: SegmentContents.Key) {
        let group = KeyGroup(key.keyGroup)
        key.bytes.withUnsafeBytes { bytes in
            guard case .unknown = table.find(group, bytes), let value = below(key) else { return }
            _ = value.withUnsafeBytes { table.insertClean(group, bytes, $0) }
        }
    }

    func check(_ key: SegmentContents.Key) {
        let value = expected[key]
        key.bytes.withUnsafeBytes { bytes in
            switch table.find(KeyGroup(key.keyGroup), bytes) {
            case .value(let found): #expect(Array(found) == value)
            case .none: #expect(value == nil)
            case .unknown: #expect(below(key) == value)
            }
        }
    }

    func checkFirst() {
        let group = randomKey().keyGroup
        guard table.isResident(KeyGroup(group)) else { return }
        let first = table.first(KeyGroup(group))
        let expected = sorted(group).first
        #expect(first.map { Array($0.key) } == expected?.key)
        #expect(first.map { Array($0.value) } == expected?.value)
    }

    func beginEpoch() {
        while open != nil { serialiseSlice() }
        if segments.count >= 6 { fold() }
        let builder = SegmentBuilder()
        guard let tag = table.freeTag else { return }
        table.beginEpoch(tag: tag, into: builder)
        open = (tag, builder)
        atBarrier = expected
    }

    func serialiseSlice() {
        guard let (tag, builder) = open else { return }
        guard table.serialiseFrozen(mostPages: Int(random.next() % 8) + 1) else { return }
        open = nil
        segments.append((tag, SegmentContents(builder.finish())))
        var content = image
        for segment in segments { segment.contents.apply(to: &content) }
        #expect(content == atBarrier)
    }

    /// Folds the oldest segment.
    func fold() {
        guard let oldest = segments.first else { return }
        oldest.contents.apply(to: &image)
        segments.removeFirst()
        table.markFolded(tag: oldest.tag)
    }

    func evict() { table.evict(bytes: Int(random.next() % 40_000)) }

    /// Goes back to a checkpoint that is complete as a backend does in place: the table is emptied,
    /// in whatever epoch it is, and what lies below is read at once, or when it is asked for.
    func empty() {
        let kept = Int(random.next() % UInt64(segments.count + 1))
        for segment in segments[..<kept] { segment.contents.apply(to: &image) }
        segments = []
        open = nil
        expected = image
        let isLoaded = random.next() % 2 == 0
        table.removeAll(areResident: isLoaded)
        for tag: UInt8 in 0..<8 { table.markFolded(tag: tag) }
        let counts = [
            table.count, table.tombstoneCount, table.dirtyCount, table.frozenCount,
        ]
        #expect(counts == [0, 0, 0, 0])
        #expect(memory.usedBytes == table.liveBytes)
        guard isLoaded else { return }
        for (key, value) in image {
            _ = key.bytes.withUnsafeBytes { bytes in
                value.withUnsafeBytes { table.insertClean(KeyGroup(key.keyGroup), bytes, $0) }
            }
        }
    }

    /// Walks over all that the table holds, in order, and compares.
    func checkAll() {
        var count = 0
        for group in Self.groups.lower..<Self.groups.upper {
            var rest = sorted(UInt16(group))[...]
            let cursor = OrderedCursor(table)
            var isAtEntry = cursor.first(KeyGroup(UInt16(group)))
            while isAtEntry {
                count += 1
                let key = Array(cursor.key)
                if !table.isResident(KeyGroup(UInt16(group))) {
                    // Evicted entries are skipped, and must be found below.
                    while let next = rest.first, next.key != key {
                        checkBelow(group, next.key, next.value)
                        rest.removeFirst()
                    }
                }
                #expect(rest.first?.key == key)
                #expect(rest.first?.value == Array(cursor.value))
                rest = rest.dropFirst()
                isAtEntry = cursor.next()
            }
            if table.isResident(KeyGroup(UInt16(group))) { #expect(rest.isEmpty) }
            for entry in rest { checkBelow(group, entry.key, entry.value) }
        }
        #expect(count == table.count)
        #expect(memory.usedBytes == table.liveBytes)
    }

    private func checkBelow(_ group: Int, _ key: [UInt8], _ value: [UInt8]) {
        let key = SegmentContents.Key(keyGroup: UInt16(group), state: Self.state, bytes: key)
        #expect(below(key) == value)
    }
}
