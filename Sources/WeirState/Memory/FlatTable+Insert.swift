import WeirCore

extension FlatTable {
    // SAFETY: entries have room for key and value slot; slots come from `takeSlot`.

    /// Makes an existing entry dirty in the running epoch; a frozen one is serialised first.
    ///
    /// Returns whether it was a tombstone, which then is an entry with a zero value.
    @usableFromInline
    @inline(never)
    func touch(_ found: FlatSlot) -> Bool {
        if found.bucket.flags(found.slot) & core.pointee.frozenFlag != 0 {
            serialise(found.bucket, segment: found.segment)
        }
        let flags = found.bucket.flags(found.slot)
        let segment = core.pointee.segments + Int(found.segment)
        let wasRemoved = flags & EntryFlags.removed != 0
        if wasRemoved {
            core.pointee.tombstoneCount -= 1
            core.pointee.liveCount += 1
            if flags & EntryFlags.anyDirty == 0 { segment.pointee.cleanTombstones -= 1 }
        }
        if flags & core.pointee.dirtyFlag == 0 {
            segment.pointee.addDirty(core.pointee.dirtyFlag, 1)
            core.pointee.dirtyCount += 1
        }
        let kept = flags & ~EntryFlags.removed
        found.bucket.setFlags(found.slot, kept | core.pointee.dirtyFlag | EntryFlags.used)
        return wasRemoved
    }

    /// Adds a key that is not in the table, dirty and with a zero value; returns its entry.
    @usableFromInline
    @inline(never)
    func insert(_ key: UnsafeRawBufferPointer, _ hash: UInt64) -> UnsafeMutableRawPointer {
        let place = place(key, hash)
        core.pointee.liveCount += 1
        setDirty(place, EntryFlags.used)
        return place.bucket.entry(place.slot, core.pointee.entryWidth)
    }

    /// Gives a slot that is not dirty its flags and the one of the epoch, and counts it.
    @inlinable
    @inline(__always)
    func setDirty(_ place: FlatSlot, _ flags: UInt8) {
        let core = core
        place.bucket.setFlags(place.slot, flags | core.pointee.dirtyFlag | EntryFlags.used)
        (core.pointee.segments + Int(place.segment)).pointee.addDirty(core.pointee.dirtyFlag, 1)
        core.pointee.dirtyCount &+= 1
    }

    /// Takes a slot for a key that is not in the table: key stored, value zero, flags zero.
    func place(_ key: UnsafeRawBufferPointer, _ hash: UInt64) -> FlatSlot {
        var entry = core.pointee.directoryEntry(hash)
        if entry.pointee.segment == FlatSegment.none { makeFirstSegment(hash) }
        entry = core.pointee.directoryEntry(hash)
        while core.pointee.segments[Int(entry.pointee.segment)].isFull {
            grow(entry.pointee.segment)
            entry = core.pointee.directoryEntry(hash)
        }
        let index = entry.pointee.segment
        let segment = core.pointee.segments + Int(index)
        segment.pointee.count += 1
        let (bucket, slot) = takeSlot(
            segment.pointee.buckets,
            mask: entry.pointee.bucketMask,
            hash
        )
        bucket.setFlags(slot, 0)
        let start = bucket.entry(slot, core.pointee.entryWidth)
        storeKey(key, hash, start)
        (start + core.pointee.keyWidth).initializeMemory(
            as: UInt8.self,
            repeating: 0,
            count: valueKind.width
        )
        return FlatSlot(bucket: bucket, slot: slot, segment: index)
    }

    /// Takes the first free slot for a hash and tags it; there must be one.
    @inline(__always)
    func takeSlot(
        _ buckets: UnsafeMutableRawPointer,
        mask: UInt32,
        _ hash: UInt64
    ) -> (FlatBucket, Int) {
        var index = FlatBucket.home(hash) & mask
        while true {
            let bucket = FlatBucket(buckets + Int(index) &* core.pointee.bucketBytes)
            let slot = bucket.firstFree
            if slot < FlatBucket.slotCount {
                bucket.setTag(slot, UInt8(truncatingIfNeeded: FlatBucket.tag(hash)))
                return (bucket, slot)
            }
            if bucket.overflow < UInt8.max { bucket.overflow += 1 }
            index = (index &+ 1) & mask
        }
    }

    private func storeKey(
        _ key: UnsafeRawBufferPointer,
        _ hash: UInt64,
        _ slot: UnsafeMutableRawPointer
    ) {
        switch keyKind {
        case .fixed8, .fixed16:
            precondition(key.count == keyKind.rawValue, "a key of \(key.count) bytes")
            UnsafeMutableRawBufferPointer(start: slot, count: key.count).copyMemory(from: key)
        case .bytes:
            slot.storeBytes(of: hash, as: UInt64.self)
            ByteView.store(key, at: slot + 8, payloads)
        }
    }

    /// The canonical bytes of an entry's key.
    @inline(__always)
    func keyBytes(_ entry: UnsafeRawPointer) -> UnsafeRawBufferPointer {
        switch keyKind {
        case .fixed8: UnsafeRawBufferPointer(start: entry, count: 8)
        case .fixed16: UnsafeRawBufferPointer(start: entry, count: 16)
        case .bytes: ByteView.bytes(entry + 8)
        }
    }

    /// The bytes of an entry's value.
    @inline(__always)
    func valueBytes(_ entry: UnsafeRawPointer) -> UnsafeRawBufferPointer {
        let slot = entry + keyKind.rawValue
        switch valueKind {
        case .fixed(let width): return UnsafeRawBufferPointer(start: slot, count: width)
        case .bytes: return ByteView.bytes(slot)
        }
    }

    /// The hash of a key given as bytes.
    func hash(of key: UnsafeRawBufferPointer) -> UInt64 {
        if namespaceBytes == 0 || key.count < namespaceBytes { return KeyHash.hash(key) }
        let split = key.count - namespaceBytes
        let namespace = key.loadUnaligned(fromByteOffset: split, as: UInt64.self)
        return KeyHash.hash(
            KeyHash.hash(UnsafeRawBufferPointer(rebasing: key[..<split])),
            namespace: UInt64(littleEndian: namespace)
        )
    }

    /// The hash of an entry's key.
    @inline(__always)
    func storedHash(_ entry: UnsafeRawPointer) -> UInt64 {
        let first = entry.load(as: UInt64.self)
        switch keyKind {
        case .fixed8: return KeyHash.hash(first)
        case .fixed16:
            let second = entry.load(fromByteOffset: 8, as: UInt64.self)
            if namespaceBytes == 8 {
                return KeyHash.hash(KeyHash.hash(first), namespace: second)
            }
            return KeyHash.hash(first, second)
        case .bytes: return first
        }
    }
}
