import WeirCore

extension FlatTable {
    // SAFETY: the caller gives `count` keys and hashes; addresses come from the core, and there are
    // homes for `FlatHome.headDistance` keys more than are located.

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
        var done = 0
        while done < count {
            let end = min(done &+ FlatHome.mostKeys, count)
            locate(hashes + done, end &- done)
            done = update(hashes, done..<end, key, body)
        }
    }

    /// Updates the keys of a range, which were located; returns where it stopped, which is before
    /// the end if a segment grew, so that the buckets of the keys to come may be other ones now.
    ///
    /// For each key, the head of one 64 keys later is asked for, then the entry of one 32 keys
    /// later: one by one, because a core keeps only some 20 lines in flight.
    @inlinable
    @inline(__always)
    func update<Key: FlatKey>(
        _ hashes: UnsafePointer<UInt64>,
        _ range: Range<Int>,
        _ key: (Int) -> Key,
        _ body: (Int, UnsafeMutableRawPointer, Bool) -> Void
    ) -> Int {
        let core = core
        let homes = core.pointee.homes
        let entryWidth = core.pointee.entryWidth
        let keyWidth = core.pointee.keyWidth
        let dirtyFlag = core.pointee.dirtyFlag
        let version = core.pointee.layoutVersion
        // The first write to a frozen entry serialises the whole bucket.
        let wholeBucket = core.pointee.frozenCount > 0
        for index in 0..<FlatHome.headDistance { homes[index].prefetch(wholeBucket: wholeBucket) }
        for index in 0..<FlatHome.entryDistance { homes[index].look(entryWidth) }
        var home = homes
        for index in range {
            home[FlatHome.headDistance].prefetch(wholeBucket: wholeBucket)
            home[FlatHome.entryDistance].look(entryWidth)
            let bucket = home.pointee.bucket
            let slot = Int(home.pointee.slot)
            let entry = bucket.entry(slot, entryWidth)
            let hash = hashes[index]
            let key = key(index)
            if bucket.hasTag(slot, home.pointee.tag), key.isStored(in: entry, hash: hash) {
                let flags = bucket.flags(slot)
                let state = flags & (EntryFlags.anyDirty | EntryFlags.removed)
                var isNew = false
                if state != dirtyFlag {
                    let segment = home.pointee.segment
                    let found = FlatSlot(bucket: bucket, slot: slot, segment: segment)
                    if state == 0 { setDirty(found, flags) } else { isNew = touch(found) }
                }
                body(index, entry + keyWidth, isNew)
            } else {
                let (value, isNew) = upsertFar(key, hash)
                body(index, value, isNew)
                if core.pointee.layoutVersion != version { return index &+ 1 }
            }
            home += 1
        }
        return range.upperBound
    }

    /// Upserts a key that is not where its home says: it lies farther on, or is new.
    @inlinable
    @inline(never)
    func upsertFar<Key: FlatKey>(
        _ key: Key,
        _ hash: UInt64
    ) -> (value: UnsafeMutableRawPointer, isNew: Bool) {
        upsert(key, hash: hash)
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
