import CWeirIntrinsics
import WeirCore

extension FlatTable {
    // SAFETY: the caller gives `count` keys and hashes; addresses come from the core.

    /// How many keys ahead the heads of their buckets are asked for: about what a core keeps in
    /// flight.
    @usableFromInline static let prefetchDistance = 24
    /// How many keys ahead the entry is asked for, whose slot the head tells by then.
    @usableFromInline static let entryDistance = 10

    /// Finds or inserts a batch of eight-byte keys, and gives each value to `body` to change.
    ///
    /// `body` gets the key's number, the address of its value (of zeros if the key is new), and
    /// whether it is new. Keys may repeat. The values count as changed; the image of a frozen value
    /// is taken before `body` sees it. The address is valid during the call only, and `body` must
    /// not use the table. Cost: about two cache misses a key, most of them in flight together.
    @inlinable
    public func upsertBatch(
        keys: UnsafePointer<UInt64>,
        hashes: UnsafePointer<UInt64>,
        count: Int,
        _ body: (Int, UnsafeMutableRawPointer, Bool) -> Void
    ) {
        upsertBatch(hashes: hashes, count: count, key: { FlatKey8(keys[$0]) }, body)
    }

    /// The same for keys of any kind: `key` returns the key of a number.
    @inlinable
    @inline(__always)
    public func upsertBatch<Key: FlatKey>(
        hashes: UnsafePointer<UInt64>,
        count: Int,
        key: (Int) -> Key,
        _ body: (Int, UnsafeMutableRawPointer, Bool) -> Void
    ) {
        let core = core
        let keyWidth = core.pointee.keyWidth
        for index in 0..<min(Self.prefetchDistance, count) { prefetchHead(hashes[index]) }
        for index in 0..<min(Self.entryDistance, count) { prefetchEntry(hashes[index]) }
        for index in 0..<count {
            let ahead = index &+ Self.prefetchDistance
            if ahead < count { prefetchHead(hashes[ahead]) }
            let near = index &+ Self.entryDistance
            if near < count { prefetchEntry(hashes[near]) }
            let hash = hashes[index]
            let key = key(index)
            let entry: UnsafeMutableRawPointer
            var isNew = false
            if let found = core.pointee.find(key, hash) {
                let flags = found.bucket.flags(found.slot)
                if flags & (EntryFlags.anyDirty | EntryFlags.removed) == 0 {
                    setDirty(found, flags)
                } else if flags & (EntryFlags.anyDirty | EntryFlags.removed)
                    != core.pointee.dirtyFlag
                {
                    isNew = touch(found)
                }
                entry = found.bucket.entry(found.slot, core.pointee.entryWidth)
            } else {
                entry = key.withInserted(hash, into: self)
                isNew = true
            }
            body(index, entry + keyWidth, isNew)
        }
    }

    /// Asks for the cache line where a search for a hash begins.
    @inlinable
    @inline(__always)
    func prefetchHead(_ hash: UInt64) { weir_prefetch(core.pointee.homeAddress(hash)) }

    /// Asks for the entry where a search for a hash most likely ends, unless it lies behind the head.
    ///
    /// Half of the entries do, and a line that is not asked for leaves room for others.
    @inlinable
    @inline(__always)
    func prefetchEntry(_ hash: UInt64) {
        let bucket = FlatBucket(core.pointee.homeAddress(hash))
        let matches = FlatBucket.matches(bucket.tags, FlatBucket.tag(hash))
        // Without a match this is the address behind the last entry, which does no harm.
        let slot = matches.trailingZeroBitCount &>> 3
        weir_prefetch(bucket.entry(slot, core.pointee.entryWidth))
        // The first write to a frozen entry serialises the whole bucket.
        if core.pointee.frozenCount > 0 { weir_prefetch(bucket.start + 64) }
    }
}

extension FlatKey {
    /// Inserts the key with a zero value; returns its entry.
    @inlinable
    @inline(never)
    func withInserted(_ hash: UInt64, into table: FlatTable) -> UnsafeMutableRawPointer {
        var entry: UnsafeMutableRawPointer?
        withBytes { entry = table.insert($0, hash) }
        guard let entry else { preconditionFailure("the key lent no bytes") }
        return entry
    }
}
