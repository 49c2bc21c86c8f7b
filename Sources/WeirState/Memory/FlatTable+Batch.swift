import CWeirIntrinsics
import WeirCore

extension FlatTable {
    // SAFETY: the caller gives `count` keys and hashes; addresses come from the core, and ring
    // indices are masked.

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
    ///
    /// Three stages follow each other through the batch: `located` keys have their buckets computed
    /// and asked for, `looked` keys their slots found and asked for, `done` keys are updated.
    @inlinable
    @inline(__always)
    public func upsertBatch<Key: FlatKey>(
        hashes: UnsafePointer<UInt64>,
        count: Int,
        key: (Int) -> Key,
        _ body: (Int, UnsafeMutableRawPointer, Bool) -> Void
    ) {
        var located = 0
        var looked = 0
        var done = 0
        while done < count {
            let end = min(done &+ FlatHome.stride, count)
            locate(hashes, &located, to: min(end &+ FlatHome.locateDistance, count))
            look(hashes, &looked, to: min(end &+ FlatHome.lookDistance, count))
            let version = core.pointee.layoutVersion
            done = update(hashes, done..<end, key, body)
            if core.pointee.layoutVersion != version {
                // A segment grew: the buckets of the keys to come may be other ones now.
                located = done
                looked = done
            }
        }
    }

    /// Computes the homes of keys up to `end` and asks for their heads.
    @inlinable
    @inline(__always)
    func locate(_ hashes: UnsafePointer<UInt64>, _ located: inout Int, to end: Int) {
        let core = core.pointee
        // The first write to a frozen entry serialises the whole bucket.
        let needsWholeBucket = core.frozenCount > 0
        for index in located..<end {
            let home = FlatHome(core, hashes[index])
            home.prefetchHead()
            if needsWholeBucket { home.prefetchSecondLine() }
            core.homes[index & (FlatHome.ringSize &- 1)] = home
        }
        located = end
    }

    /// Finds the likely slots of keys up to `end` and asks for their entries.
    @inlinable
    @inline(__always)
    func look(_ hashes: UnsafePointer<UInt64>, _ looked: inout Int, to end: Int) {
        let homes = core.pointee.homes
        let entryWidth = core.pointee.entryWidth
        for index in looked..<end {
            homes[index & (FlatHome.ringSize &- 1)].look(hashes[index], entryWidth: entryWidth)
        }
        looked = end
    }

    /// Updates the keys of a range, whose homes are known; returns where it stopped, which is
    /// before its end if the layout has changed.
    @inlinable
    @inline(__always)
    func update<Key: FlatKey>(
        _ hashes: UnsafePointer<UInt64>,
        _ range: Range<Int>,
        _ key: (Int) -> Key,
        _ body: (Int, UnsafeMutableRawPointer, Bool) -> Void
    ) -> Int {
        let homes = core.pointee.homes
        let entryWidth = core.pointee.entryWidth
        let keyWidth = core.pointee.keyWidth
        let dirtyFlag = core.pointee.dirtyFlag
        for index in range {
            let home = homes[index & (FlatHome.ringSize &- 1)]
            let hash = hashes[index]
            let key = key(index)
            let slot = Int(home.slot)
            let entry = home.bucket.entry(slot, entryWidth)
            guard home.bucket.hasTag(slot, FlatBucket.tag(hash)),
                key.isStored(in: entry, hash: hash)
            else {
                let version = core.pointee.layoutVersion
                let (value, isNew) = upsertFar(key, hash)
                body(index, value, isNew)
                if core.pointee.layoutVersion != version { return index &+ 1 }
                continue
            }
            let flags = home.bucket.flags(slot)
            let state = flags & (EntryFlags.anyDirty | EntryFlags.removed)
            var isNew = false
            if state != dirtyFlag {
                let found = FlatSlot(bucket: home.bucket, slot: slot, segment: home.segment)
                if state == 0 { setDirty(found, flags) } else { isNew = touch(found) }
            }
            body(index, entry + keyWidth, isNew)
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
