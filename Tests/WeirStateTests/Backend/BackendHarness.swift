import WeirCore
import WeirSnapshot
import WeirState

/// Work that a backend gave away, done when the test says so.
final class DeferredWork {
    private var queue: [() throws -> Void] = []

    var isEmpty: Bool { queue.isEmpty }

    func runner() -> KeyedStateBackend.Background {
        { [self] work, completion in
            queue.append {
                var failure: WeirError?
                do throws(WeirError) { try work() } catch { failure = error }
                try completion(failure)
            }
        }
    }

    /// Runs what came first; what was given away meanwhile comes last.
    func runOne() throws {
        if !queue.isEmpty { try queue.removeFirst()() }
    }

    func runAll() throws {
        while !queue.isEmpty { try runOne() }
    }

    func drop() { queue = [] }
}

/// One backend with four states, driven in small steps.
final class BackendHarness {
    static let maxParallelism = 16
    static let lifetime = StateTimeToLive(milliseconds: 100)
    static let eventLifetime = StateTimeToLive(milliseconds: 100, domain: .eventTime)
    let backend: KeyedStateBackend
    let numbers: FlatState
    let texts: FlatState
    let entries: OrderedState
    /// Values and entries that live for a while, by the wall clock and by the watermark.
    let living: FlatState
    let livingEntries: OrderedState
    let work: DeferredWork
    let store: any FileStore

    convenience init(
        place: KeyedStatePlace,
        directory: TemporaryDirectory,
        images: any ImageFactory,
        store: any FileStore,
        limitBytes: Int,
        restored: RestoredKeyedState?,
        policy: KeyedStatePolicy = KeyedStatePolicy()
    ) throws {
        try self.init(
            place: place,
            directory: directory,
            images: images,
            store: store,
            memory: TaskMemory(limitBytes: limitBytes),
            restored: restored,
            policy: policy
        )
    }

    init(
        place: KeyedStatePlace,
        directory: TemporaryDirectory,
        images: any ImageFactory,
        store: any FileStore,
        memory: TaskMemory,
        restored: RestoredKeyedState?,
        policy: KeyedStatePolicy = KeyedStatePolicy()
    ) throws {
        work = DeferredWork()
        self.store = store
        backend = try KeyedStateBackend(
            place: place,
            files: directory.world.files,
            images: images,
            memory: memory,
            background: work.runner(),
            restored: restored,
            policy: policy
        )
        numbers = try backend.flatState(
            StateDescriptor("numbers", .value),
            keys: .fixed8,
            values: .fixed(16)
        )
        texts = try backend.flatState(
            StateDescriptor("texts", .value),
            keys: .bytes,
            values: .bytes
        )
        entries = try backend.orderedState(StateDescriptor("entries", .orderedMap))
        living = try backend.flatState(
            StateDescriptor("living", .value, timeToLive: Self.lifetime),
            keys: .fixed8,
            values: .fixed(16)
        )
        livingEntries = try backend.orderedState(
            StateDescriptor("living-entries", .orderedMap, timeToLive: Self.eventLifetime)
        )
        try backend.settle(dropping: [])
    }

    func owns(_ key: UInt64) -> Bool {
        let group = KeyGroup(hash: KeyHash.hash(key), maxParallelism: Self.maxParallelism)
        return backend.keyGroups.contains(group)
    }

    func setNumber(_ key: UInt64, _ value: UInt64) throws {
        let flat = FlatKey8(key)
        try numbers.prepare(flat, hash: flat.hash)
        let slot = numbers.table.upsert(flat, hash: flat.hash).value
        slot.storeBytes(of: value, as: UInt64.self)
        slot.storeBytes(of: ~value, toByteOffset: 8, as: UInt64.self)
    }

    func removeNumber(_ key: UInt64) throws {
        let flat = FlatKey8(key)
        try numbers.prepare(flat, hash: flat.hash)
        numbers.table.remove(flat, hash: flat.hash)
    }

    func number(_ key: UInt64) throws -> UInt64? {
        let flat = FlatKey8(key)
        try numbers.prepare(flat, hash: flat.hash)
        guard case .value(let slot) = numbers.table.find(flat, hash: flat.hash) else { return nil }
        let value = slot.load(as: UInt64.self)
        precondition(slot.load(fromByteOffset: 8, as: UInt64.self) == ~value, "a torn value")
        return value
    }

    /// All of some numbers, read as one batch.
    func numbers(_ keys: [UInt64]) throws -> [UInt64?] {
        let hashes = keys.map { KeyHash.hash($0) }
        try numbers.prepare(keys: keys, hashes: hashes, count: keys.count)
        return try keys.map { try number($0) }
    }

    // The key group of a text is that of its number's bytes, so that both have one owner.
    private static func withTextKey<Result>(
        _ key: UInt64,
        _ body: (FlatKeyBytes) throws -> Result
    ) throws -> Result {
        try withUnsafeBytes(of: key.littleEndian) { try body(FlatKeyBytes($0)) }
    }

    func setText(_ key: UInt64, _ value: [UInt8]) throws {
        try Self.withTextKey(key) { key in
            try texts.prepare(key, hash: key.hash)
            value.withUnsafeBytes { texts.table.set(key, hash: key.hash, to: $0) }
        }
    }

    func removeText(_ key: UInt64) throws {
        try Self.withTextKey(key) { key in
            try texts.prepare(key, hash: key.hash)
            texts.table.remove(key, hash: key.hash)
        }
    }

    func text(_ key: UInt64) throws -> [UInt8]? {
        try Self.withTextKey(key) { key in
            try texts.prepare(key, hash: key.hash)
            guard case .value(let slot) = texts.table.find(key, hash: key.hash) else { return nil }
            return [UInt8](texts.table.bytes(at: slot))
        }
    }

    private static func keyGroup(_ key: UInt64) -> KeyGroup {
        KeyGroup(hash: KeyHash.hash(key), maxParallelism: maxParallelism)
    }

    /// An entry's key: that of its map in front, so that the entries of a map are neighbours.
    private static func entryKey(_ key: UInt64, _ sub: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: key.bigEndian) { [UInt8]($0) } + sub
    }

    func setEntry(_ key: UInt64, _ sub: [UInt8], _ value: [UInt8]) {
        Self.entryKey(key, sub).withUnsafeBytes { bytes in
            value.withUnsafeBytes { _ = entries.table.set(Self.keyGroup(key), bytes, to: $0) }
        }
    }

    func removeEntry(_ key: UInt64, _ sub: [UInt8]) {
        Self.entryKey(key, sub).withUnsafeBytes { bytes in
            _ = entries.table.remove(Self.keyGroup(key), bytes)
        }
    }

    /// The value of one entry.
    func entry(_ key: UInt64, _ sub: [UInt8]) throws -> [UInt8]? {
        try Self.entryKey(key, sub).withUnsafeBytes { bytes in
            try entries.prepare(Self.keyGroup(key), bytes)
            guard case .value(let value) = entries.table.find(Self.keyGroup(key), bytes) else {
                return nil
            }
            return [UInt8](value)
        }
    }

    /// The entries of a map from a sub-key on, in order.
    func walk(_ key: UInt64, from sub: [UInt8]) throws -> [[UInt8]] {
        let cursor = entries.makeCursor()
        var found: [[UInt8]] = []
        var isValid = try Self.entryKey(key, []).withUnsafeBytes { prefix in
            try Self.entryKey(key, sub).withUnsafeBytes { from in
                try cursor.seek(Self.keyGroup(key), prefix: prefix, from: from)
            }
        }
        while isValid {
            found.append(cursor.withEntry { [UInt8]($0.dropFirst(8)) + [0xFF] + [UInt8]($1) })
            isValid = try cursor.next()
        }
        return found
    }

    // MARK: Values that live for a while

    /// The bytes of a stored value: its expiry, then the value.
    private static func living(_ value: UInt64, until expiry: Int64) -> [UInt8] {
        withUnsafeBytes(of: expiry.littleEndian) { [UInt8]($0) }
            + withUnsafeBytes(of: value) { [UInt8]($0) }
    }

    private static func content(_ stored: UnsafeRawBufferPointer, _ now: Int64) -> UInt64? {
        let expiry = Int64(littleEndian: stored.loadUnaligned(as: Int64.self))
        return expiry <= now ? nil : stored.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    }

    func setLiving(_ key: UInt64, _ value: UInt64, _ clock: StateClock) throws {
        let flat = FlatKey8(key)
        try living.prepare(flat, hash: flat.hash)
        let expiry = Self.lifetime.expiry(now: clock.processingTime)
        Self.living(value, until: expiry).withUnsafeBytes {
            living.table.set(flat, hash: flat.hash, to: $0)
        }
    }

    func living(_ key: UInt64, _ clock: StateClock) throws -> UInt64? {
        let flat = FlatKey8(key)
        try living.prepare(flat, hash: flat.hash)
        guard case .value(let slot) = living.table.find(flat, hash: flat.hash) else { return nil }
        return Self.content(living.table.bytes(at: slot), clock.processingTime)
    }

    func setLivingEntry(_ key: UInt64, _ value: UInt64, _ clock: StateClock) {
        let stored = Self.living(value, until: Self.eventLifetime.expiry(now: clock.watermark))
        Self.entryKey(key, []).withUnsafeBytes { bytes in
            stored.withUnsafeBytes {
                _ = livingEntries.table.set(Self.keyGroup(key), bytes, to: $0)
            }
        }
    }

    func livingEntry(_ key: UInt64, _ clock: StateClock) throws -> UInt64? {
        try Self.entryKey(key, []).withUnsafeBytes { bytes in
            try livingEntries.prepare(Self.keyGroup(key), bytes)
            guard case .value(let stored) = livingEntries.table.find(Self.keyGroup(key), bytes)
            else { return nil }
            return Self.content(stored, clock.watermark)
        }
    }

    // MARK: Fronts

    /// The first of all sorted entries of a key group, removed as a timer that fires is.
    func takeFront(_ group: UInt16) throws -> [UInt8]? {
        guard let first = try entries.loadFront(KeyGroup(group), count: 4) else { return nil }
        let key = [UInt8](first)
        let isThere = try key.withUnsafeBytes { try entries.remove(KeyGroup(group), $0) }
        precondition(isThere, "the first entry is not there")
        return key
    }

    /// The key group of a map.
    static func group(_ key: UInt64) -> UInt16 { keyGroup(key).number }

    /// The map and sub-key in an entry's key.
    static func split(_ key: [UInt8]) -> (UInt64, [UInt8]) {
        let map = key.withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)) }
        return (map, Array(key[8...]))
    }

    /// One of maintenance, a slice, or a piece of background work.
    func idle(_ random: inout SplitMix64, _ clock: StateClock) throws {
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            try work.runOne()
        case 1:
            var patience = Int.random(in: 0..<3, using: &random)
            _ = try backend.maintain(at: clock) {
                patience -= 1
                return patience < 0
            }
        case 2:
            _ = try backend.serialiseSlice { true }
        default:
            _ = try backend.maintain(at: clock) { false }
        }
    }

    /// Serialises what was frozen and stores it.
    func upload() throws -> KeyedStateSnapshot {
        while try !backend.serialiseSlice(until: { false }) {}
        guard let upload = backend.takeUpload() else {
            throw WeirError(.checkpointFailed, "There is nothing to upload.")
        }
        let snapshot = try upload.run(store)
        backend.uploadFinished(snapshot)
        return snapshot
    }
}
