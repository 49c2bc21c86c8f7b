import WeirCore

/// A registered state whose entries lie in a `FlatTable`.
///
/// Before a batch of keys is used, `prepare` brings near what memory does not hold of them; after
/// it `find` and `upsert` of the table tell the truth for these keys: `unknown` means no value.
/// Belongs to its task's thread.
public final class FlatState {
    /// The entries in memory.
    public let table: FlatTable
    /// The state's number in snapshots.
    public var id: UInt16 { table.state }
    private unowned let backend: KeyedStateBackend
    private let batch = ImageReadBatch()
    // SAFETY: `capacity` numbers, freed with this object; batches of keys are cut to that length.
    private let numbers = UnsafeMutablePointer<UInt16>.allocate(capacity: capacity)

    /// The most keys that are looked at together.
    private static let capacity = 1 << 12

    init(_ table: FlatTable, _ backend: KeyedStateBackend) {
        self.table = table
        self.backend = backend
    }

    deinit { numbers.deallocate() }

    /// Makes sure that the table knows all that there is of some keys.
    ///
    /// What is missing is read below, 128 keys at a time, and blocks the task for that. Costs a look
    /// at each key group's flag if everything is in memory.
    /// - Throws: `imageFailed`.
    @inlinable
    public func prepare<Key: FlatKey>(
        hashes: UnsafePointer<UInt64>,
        count: Int,
        key: (Int) -> Key
    ) throws(WeirError) {
        if table.isResident { return }
        var start = 0
        while start < count {
            let piece = min(count - start, pieceCapacity)
            let first = start
            let missing = table.selectUnknown(
                hashes: hashes + first,
                count: piece,
                key: { key(first + $0) },
                into: scratch
            )
            for index in 0..<missing {
                let number = first + Int(scratch[index])
                key(number).withBytes { request($0, hashes[number]) }
                if isRequestFull || index == missing - 1 { try readRequested() }
            }
            start += piece
        }
    }

    /// The same for eight-byte keys.
    @inlinable
    public func prepare(
        keys: UnsafePointer<UInt64>,
        hashes: UnsafePointer<UInt64>,
        count: Int
    ) throws(WeirError) {
        try prepare(hashes: hashes, count: count) { FlatKey8(keys[$0]) }
    }

    /// The same for one key.
    @inlinable
    public func prepare<Key: FlatKey>(_ key: Key, hash: UInt64) throws(WeirError) {
        var hash = hash
        try prepare(hashes: &hash, count: 1) { _ in key }
    }

    @usableFromInline var pieceCapacity: Int { Self.capacity }

    @usableFromInline var scratch: UnsafeMutablePointer<UInt16> { numbers }

    @usableFromInline var isRequestFull: Bool { !batch.hasRoom }

    @usableFromInline
    func request(_ key: UnsafeRawBufferPointer, _ hash: UInt64) {
        let group = KeyGroup(hash: hash, maxParallelism: backend.place.maxParallelism)
        batch.append(keyGroup: group.number, state: table.state, key: key)
    }

    /// Reads the keys that were requested, and puts what there is into the table.
    @usableFromInline
    func readRequested() throws(WeirError) {
        defer { batch.removeAll() }
        let below = try readPending()
        guard below.count > 0 else { return }
        try backend.below.withValues(of: below) { index, value in
            guard let value else { return }
            let bytes = below.key(at: index)
            table.insertClean(
                key: UnsafeRawBufferPointer(rebasing: bytes[ImageKey.prefixBytes...]),
                value: value
            )
        }
    }

    /// Reads what segments hold that are not loaded yet; returns the keys to look for below.
    private func readPending() throws(WeirError) -> ImageReadBatch {
        guard let pending = backend.pending else { return batch }
        var missing: [Int] = []
        for index in 0..<batch.count {
            let bytes = batch.key(at: index)
            guard let entry = ImageKey.entry(key: bytes, value: bytes) else { continue }
            let isFound = try pending.find(
                keyGroup: entry.keyGroup,
                state: entry.state,
                key: entry.key
            ) { value, tag in
                guard table.fits(key: entry.key, value: value) else { return false }
                table.insertClean(key: entry.key, value: value, checkpoint: tag)
                return true
            }
            if !isFound { missing.append(index) }
        }
        return batch.subset(missing)
    }
}

@available(*, unavailable)
extension FlatState: Sendable {}

extension KeyedStateBackend {
    /// Registers a state whose keys have one value each, in a hash table.
    ///
    /// - Parameters:
    ///   - descriptor: Name, kind and schemas.
    ///   - keys: The layout of keys; the key group is that of the key's hash.
    ///   - values: The layout of values.
    ///   - namespaceBytes: Bytes at the end of keys that do not decide about the key group.
    /// - Returns: The state.
    /// - Throws: `ambiguousName`, `incompatibleState`, `corruptSnapshot`.
    public func flatState(
        _ descriptor: StateDescriptor,
        keys: FlatKeyKind,
        values: FlatValueKind,
        namespaceBytes: Int = 0
    ) throws(WeirError) -> FlatState {
        let table = try register(descriptor) { id in
            FlatTable(
                state: id,
                keys: keys,
                values: values,
                keyGroups: keyGroups,
                maxParallelism: place.maxParallelism,
                memory: memory,
                namespaceBytes: namespaceBytes
            )
        }
        return FlatState(table, self)
    }
}
