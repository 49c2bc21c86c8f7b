import CWeirIntrinsics
import WeirCore

/// What a table knows of a key.
@frozen
public enum FlatLookup {
    // SAFETY: values lie behind keys in entries of the table's own buckets.

    /// It has the value at this address, which is valid until the table is next changed.
    case value(UnsafeMutableRawPointer)
    /// It has no value: it was removed, or its key group is resident and does not hold it.
    case none
    /// It may have one in a segment or the image: its key group is not resident.
    case unknown
}

extension FlatTable {
    // SAFETY: a prefetch never faults, wherever the address lies.
    /// Asks for the bucket where a search for a hash begins, for a look-up that follows soon.
    public func prefetch(hash: UInt64) {
        let start = core.pointee.homeAddress(hash)
        for line in stride(from: 0, to: min(core.pointee.bucketBytes, 256), by: 64) {
            weir_prefetch(start + line)
        }
    }

    /// Looks a key up, for reading only: writes go through `upsert`.
    @inlinable
    public func find<Key: FlatKey>(_ key: Key, hash: UInt64) -> FlatLookup {
        let core = core
        guard let found = core.pointee.find(key, hash) else {
            return isResident(hash) ? .none : .unknown
        }
        let flags = found.bucket.flags(found.slot)
        if flags & EntryFlags.removed != 0 { return .none }
        if flags & EntryFlags.used == 0 {
            found.bucket.setFlags(found.slot, flags | EntryFlags.used)
        }
        let entry = found.bucket.entry(found.slot, core.pointee.entryWidth)
        return .value(entry + core.pointee.keyWidth)
    }

    /// Finds or inserts one key; the value counts as changed.
    ///
    /// Returns the value's address, valid until the table is next changed, and whether the key is
    /// new (its value is zeros, or empty). In a group that is not resident look up the key below
    /// first, and `insertClean` what is there.
    @inlinable
    public func upsert<Key: FlatKey>(
        _ key: Key,
        hash: UInt64
    ) -> (value: UnsafeMutableRawPointer, isNew: Bool) {
        let core = core
        guard let found = core.pointee.find(key, hash) else {
            return (key.withInserted(hash, into: self) + core.pointee.keyWidth, true)
        }
        var isNew = false
        let flags = found.bucket.flags(found.slot)
        if flags & (EntryFlags.anyDirty | EntryFlags.removed) != core.pointee.dirtyFlag {
            isNew = touch(found)
        }
        let entry = found.bucket.entry(found.slot, core.pointee.entryWidth)
        return (entry + core.pointee.keyWidth, isNew)
    }

    /// Sets the value of one key.
    @inlinable
    public func set<Key: FlatKey>(_ key: Key, hash: UInt64, to value: UnsafeRawBufferPointer) {
        store(value, at: upsert(key, hash: hash).value)
    }

    /// The bytes at a value's address, of either kind of values.
    public func bytes(at value: UnsafeRawPointer) -> UnsafeRawBufferPointer {
        valueBytes(value - keyKind.rawValue)
    }

    /// Replaces the value at an address that `upsert` returned.
    public func store(_ bytes: UnsafeRawBufferPointer, at value: UnsafeMutableRawPointer) {
        switch valueKind {
        case .fixed(let width):
            precondition(bytes.count == width, "a value of \(bytes.count) bytes, not \(width)")
            UnsafeMutableRawBufferPointer(start: value, count: width).copyMemory(from: bytes)
        case .bytes: ByteView.replace(bytes, at: value, payloads)
        }
    }

    /// Removes a key; returns whether the table held a value of it.
    ///
    /// A key that no checkpoint has seen vanishes; any other is kept as a tombstone until a folded
    /// checkpoint knows it. `mayBeBelow` says that a segment or the image may hold a key that is
    /// not in the table (its key group is not resident): then it gets a tombstone too.
    @inlinable
    @discardableResult
    public func remove<Key: FlatKey>(_ key: Key, hash: UInt64, mayBeBelow: Bool = false) -> Bool {
        if let found = core.pointee.find(key, hash) { return remove(found) }
        if mayBeBelow && !isResident(hash) {
            key.withBytes { insertTombstone($0, hash) }
        }
        return false
    }

    /// Whether all keys of the key group that a hash belongs to are in the table.
    @inlinable
    public func isResident(_ hash: UInt64) -> Bool {
        let place = (hash &>> 32) &* core.pointee.maxParallelism
        let index = (place &>> 32) &- core.pointee.lowerGroup
        return core.pointee.groups[Int(truncatingIfNeeded: index)].isResident
    }

    @usableFromInline
    func remove(_ found: FlatSlot) -> Bool {
        if found.bucket.flags(found.slot) & EntryFlags.removed != 0 { return false }
        if found.bucket.flags(found.slot) & core.pointee.frozenFlag != 0 {
            serialise(found.bucket, segment: found.segment)
        }
        let flags = found.bucket.flags(found.slot)
        if flags & EntryFlags.persisted == 0 {
            vacate(found)
            return true
        }
        if flags & core.pointee.dirtyFlag == 0 { setDirty(found, 0) }
        found.bucket.setFlags(
            found.slot,
            flags | core.pointee.dirtyFlag | EntryFlags.removed | EntryFlags.used
        )
        let entry = found.bucket.entry(found.slot, core.pointee.entryWidth)
        releaseValue(entry)
        (entry + keyKind.rawValue).initializeMemory(
            as: UInt8.self,
            repeating: 0,
            count: valueKind.width
        )
        core.pointee.liveCount -= 1
        core.pointee.tombstoneCount += 1
        return true
    }

    @usableFromInline
    func insertTombstone(_ key: UnsafeRawBufferPointer, _ hash: UInt64) {
        let place = place(key, hash)
        setDirty(place, EntryFlags.persisted | EntryFlags.removed | EntryFlags.used)
        core.pointee.tombstoneCount += 1
    }

    /// Empties a slot, whatever it holds, and sets the counts right.
    func vacate(_ found: FlatSlot) {
        let flags = found.bucket.flags(found.slot)
        let segment = core.pointee.segments + Int(found.segment)
        let entry = found.bucket.entry(found.slot, core.pointee.entryWidth)
        let hash = storedHash(entry)
        releasePayloads(entry)
        forgetDirt(flags, segment)
        if flags & EntryFlags.removed != 0 {
            core.pointee.tombstoneCount -= 1
        } else {
            core.pointee.liveCount -= 1
        }
        segment.pointee.count -= 1
        found.bucket.setTag(found.slot, 0)
        found.bucket.setFlags(found.slot, 0)
        takeBackOverflow(segment.pointee, hash, upTo: found.bucket)
    }

    /// Takes an entry out of the counts of dirty and frozen entries and of clean tombstones.
    private func forgetDirt(_ flags: UInt8, _ segment: UnsafeMutablePointer<FlatSegment>) {
        let flag = flags & EntryFlags.anyDirty
        if flag == 0 {
            if flags & EntryFlags.removed != 0 { segment.pointee.cleanTombstones -= 1 }
            return
        }
        segment.pointee.addDirty(flag, -1)
        if flag == core.pointee.dirtyFlag {
            core.pointee.dirtyCount -= 1
        } else {
            core.pointee.frozenCount -= 1
        }
    }

    /// Undoes what `takeSlot` counted on the way from a key's home to its bucket.
    private func takeBackOverflow(_ segment: FlatSegment, _ hash: UInt64, upTo last: FlatBucket) {
        let mask = (UInt32(1) << UInt32(segment.order)) - 1
        var index = FlatBucket.home(hash) & mask
        while true {
            let bucket = FlatBucket(segment.buckets + Int(index) * core.pointee.bucketBytes)
            if bucket.start == last.start { return }
            if bucket.overflow < UInt8.max { bucket.overflow -= 1 }
            index = (index + 1) & mask
        }
    }
}
