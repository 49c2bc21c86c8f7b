import Testing
import WeirCore
import WeirSnapshot
import WeirState

/// A `FlatTable` driven by random steps beside a dictionary, with the checkpoints that a backend
/// would keep: segments in order, an image of the folded ones.
final class FlatTableModel {
    static let state: UInt16 = 7
    static let groups = KeyGroupRange(3, 12)
    static let maxParallelism = 16

    let table: FlatTable
    let memory = TaskMemory()
    let keyKind: FlatKeyKind
    let valueKind: FlatValueKind
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

    init(seed: UInt64, keys: FlatKeyKind, values: FlatValueKind, keyCount: UInt64) {
        random = SplitMix64(seed: seed)
        keyKind = keys
        valueKind = values
        self.keyCount = keyCount
        table = FlatTable(
            state: Self.state,
            keys: keys,
            values: values,
            keyGroups: Self.groups,
            maxParallelism: Self.maxParallelism,
            memory: memory
        )
    }

    /// The bytes of a key of an owned key group.
    func randomKey() -> [UInt8] {
        while true {
            let number = random.next() % keyCount
            let key: [UInt8]
            switch keyKind {
            case .fixed8: key = bytes(of: number &* 0x1_0001)
            case .fixed16: key = bytes(of: number) + bytes(of: ~number)
            case .bytes: key = (0..<Int(number % 41)).map { _ in 7 } + bytes(of: number)
            }
            if Self.groups.contains(group(key)) { return key }
        }
    }

    func randomValue() -> [UInt8] {
        let count: Int
        switch valueKind {
        case .fixed(let width): count = width
        case .bytes: count = Int(random.next() % 100 == 0 ? 6000 : random.next() % 70)
        }
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    func bytes(of word: UInt64) -> [UInt8] { withUnsafeBytes(of: word.littleEndian) { Array($0) } }

    func hash(_ key: [UInt8]) -> UInt64 { key.withUnsafeBytes { KeyHash.hash($0) } }

    func group(_ key: [UInt8]) -> KeyGroup {
        KeyGroup(hash: hash(key), maxParallelism: Self.maxParallelism)
    }

    func modelKey(_ key: [UInt8]) -> SegmentContents.Key {
        SegmentContents.Key(keyGroup: group(key).number, state: Self.state, bytes: key)
    }

    /// Calls `body` with the key in the form that the table takes.
    func withKey<Result>(_ key: [UInt8], _ body: (any FlatKey) -> Result) -> Result {
        key.withUnsafeBytes { bytes in
            switch keyKind {
            case .fixed8: body(FlatKey8(bytes.loadUnaligned(as: UInt64.self)))
            case .fixed16:
                body(
                    FlatKey16(
                        bytes.loadUnaligned(as: UInt64.self),
                        bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                    )
                )
            case .bytes: body(FlatKeyBytes(bytes))
            }
        }
    }

    /// What segments and image hold of a key; the newest counts.
    func below(_ key: SegmentContents.Key) -> [UInt8]? {
        for segment in segments.reversed() {
            if let entry = segment.contents.latest[key] { return entry }
        }
        return image[key]
    }
}

extension FlatTableModel {
    /// One random step of any kind, checked.
    func step() {
        switch random.next() % 1000 {
        case 0..<500: upsert(randomKey())
        case 500..<700: remove(randomKey())
        case 700..<900: check(randomKey())
        case 900..<910: upsertMany()
        case 910..<970: serialiseSlice()
        case 970..<980: beginEpoch()
        case 980..<990: fold()
        case 990..<998: table.evict(bytes: Int(random.next() % 20_000))
        default: empty()
        }
    }

    /// Loads what is below, as a backend does before it uses a key of a group that is not resident.
    func load(_ key: [UInt8]) {
        withKey(key) { form in
            guard case .unknown = table.find(form, hash: hash(key)) else { return }
            guard let value = below(modelKey(key)) else { return }
            _ = key.withUnsafeBytes { keyBytes in
                value.withUnsafeBytes { table.insertClean(key: keyBytes, value: $0) }
            }
        }
    }

    func upsert(_ key: [UInt8]) {
        load(key)
        let value = randomValue()
        withKey(key) { form in
            let slot = table.upsert(form, hash: hash(key))
            #expect(slot.isNew == (expected[modelKey(key)] == nil))
            if let old = expected[modelKey(key)] {
                #expect(Array(table.bytes(at: slot.value)) == old)
            }
            value.withUnsafeBytes { table.store($0, at: slot.value) }
        }
        expected[modelKey(key)] = value
    }

    /// A batch with fixed values, through the fast path; now and then more than is located at once.
    func upsertMany() {
        guard case .fixed(let width) = valueKind, width >= 8, keyKind == .fixed8 else { return }
        let keys = (0..<(random.next() % 8 == 0 ? 1300 : 200)).map { _ in randomKey() }
        for key in keys { load(key) }
        let words = keys.map { $0.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) } }
        let hashes = words.map { KeyHash.hash($0) }
        table.upsertBatch(keys: words, hashes: hashes, count: words.count) { index, value, isNew in
            let key = modelKey(keys[index])
            #expect(isNew == (expected[key] == nil))
            var bytes = expected[key] ?? [UInt8](repeating: 0, count: width)
            #expect(Array(UnsafeRawBufferPointer(start: value, count: width)) == bytes)
            bytes[0] &+= 1
            value.storeBytes(of: bytes[0], as: UInt8.self)
            expected[key] = bytes
        }
    }

    func remove(_ key: [UInt8]) {
        let knows = withKey(key) { form -> Bool in
            if case .unknown = table.find(form, hash: hash(key)) { return false }
            return true
        }
        let removed = withKey(key) { table.remove($0, hash: hash(key), mayBeBelow: true) }
        if knows { #expect(removed == (expected[modelKey(key)] != nil)) }
        expected[modelKey(key)] = nil
    }

    func check(_ key: [UInt8]) {
        withKey(key) { form in
            let value = expected[modelKey(key)]
            switch table.find(form, hash: hash(key)) {
            case .value(let address): #expect(Array(table.bytes(at: address)) == value)
            case .none: #expect(value == nil)
            case .unknown: #expect(below(modelKey(key)) == value)
            }
        }
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
        guard table.serialiseFrozen(mostBuckets: Int(random.next() % 300)) else { return }
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
                value.withUnsafeBytes { table.insertClean(key: bytes, value: $0) }
            }
        }
    }

    /// Compares all that the table holds with what it must hold.
    func checkAll() {
        var seen: [SegmentContents.Key: [UInt8]] = [:]
        var cursor = FlatCursor()
        var isDone = false
        while !isDone {
            isDone = table.forEach(from: &cursor, mostBuckets: 50) { group, key, value in
                let key = SegmentContents.Key(keyGroup: group, state: Self.state, bytes: Array(key))
                #expect(seen.updateValue(Array(value), forKey: key) == nil)
            }
        }
        #expect(seen.count == table.count)
        for (key, value) in seen { #expect(expected[key] == value) }
        for (key, value) in expected where seen[key] == nil {
            #expect(!table.isResident(KeyGroup(key.keyGroup)))
            #expect(below(key) == value)
        }
        #expect(memory.usedBytes == table.liveBytes)
    }
}
