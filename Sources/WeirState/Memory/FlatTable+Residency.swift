import WeirCore

extension FlatTable {
    // SAFETY: `unknown` has room for `count` numbers, as the caller promises.

    /// Finds the keys of a batch that must be looked up below before they are used.
    ///
    /// Writes their numbers to `unknown` (room for `count`), in order, and returns how many there
    /// are. A key that is there, as a value or a tombstone, or whose key group is resident, is not
    /// unknown.
    @inlinable
    public func selectUnknown<Key: FlatKey>(
        hashes: UnsafePointer<UInt64>,
        count: Int,
        key: (Int) -> Key,
        into unknown: UnsafeMutablePointer<UInt16>
    ) -> Int {
        var found = 0
        for index in 0..<count {
            let located = index % FlatHome.mostKeys
            if located == 0 { locate(hashes + index, min(FlatHome.mostKeys, count &- index)) }
            core.pointee.homes[located &+ FlatHome.headDistance].prefetch(wholeBucket: false)
            let hash = hashes[index]
            if isResident(hash) || core.pointee.find(key(index), hash) != nil { continue }
            unknown[found] = UInt16(truncatingIfNeeded: index)
            found &+= 1
        }
        return found
    }

    /// Takes over what a segment or the image holds of a key, unless the table knows the key
    /// already.
    ///
    /// `value` is nil for a removal. `checkpoint` is the tag of the unfolded checkpoint whose
    /// segment the bytes come from, nil for the image. Returns whether the key was new to the
    /// table.
    @discardableResult
    public func insertClean(
        key: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer?,
        checkpoint: UInt8? = nil
    ) -> Bool {
        let hash = hash(of: key)
        if search(key, hash) != nil { return false }
        let place = place(key, hash)
        setClean(place, value, tag: checkpoint ?? unfolded.folded)
        return true
    }

    /// Whether everything of a key group is in the table, so that a miss means that there is no
    /// value.
    public func isResident(_ group: KeyGroup) -> Bool {
        core.pointee.groups[Int(group.number) - keyGroups.lower].isResident
    }

    /// Says whether everything of a key group is in the table: after a restore, or once it is
    /// loaded.
    public func setResident(_ group: KeyGroup, _ isResident: Bool) {
        setResident(Int(group.number) - keyGroups.lower, isResident)
    }

    /// Whether all key groups are resident.
    @inlinable public var isResident: Bool { core.pointee.absentGroupCount == 0 }

    /// The same, for a group counted from the first.
    func setResident(_ group: Int, _ isResident: Bool) {
        if core.pointee.groups[group].isResident == isResident { return }
        core.pointee.groups[group].isResident = isResident
        core.pointee.absentGroupCount += isResident ? -1 : 1
    }

    /// Removes clean, folded entries that were not used lately until `bytes` are free again.
    ///
    /// A clock over the segments: each is brought to half its size at most, then the next one has
    /// its turn. `isOver` is asked after each segment (some 100 µs). Key groups that lose a value
    /// are not resident any more. Returns the bytes freed, which may be fewer.
    @discardableResult
    public func evict(bytes: Int, until isOver: () -> Bool = { false }) -> Int {
        let before = liveBytes
        // Two rounds: the first may only find marks of use to clear.
        var turns = 2 * segmentCount
        while turns > 0, before - liveBytes < bytes {
            clockSegment = (clockSegment + 1) % segmentCount
            evict(segment: UInt32(clockSegment))
            turns -= 1
            if isOver() { break }
        }
        return before - liveBytes
    }

    private func evict(segment index: UInt32) {
        let segment = core.pointee.segments + Int(index)
        let goal = segment.pointee.order == 0 ? 0 : UInt32(2) << UInt32(segment.pointee.order)
        for number in 0..<(1 << Int(segment.pointee.order)) {
            if segment.pointee.count <= goal { break }
            evict(FlatBucket(segment.pointee.buckets + number * core.pointee.bucketBytes), index)
        }
        var order = segment.pointee.order
        while order > 0, segment.pointee.count <= UInt32(5) << UInt32(order - 1) { order -= 1 }
        if order < segment.pointee.order { rebuild(index, order: order) }
    }

    private func evict(_ bucket: FlatBucket, _ index: UInt32) {
        for slot in 0..<FlatBucket.slotCount where bucket.isUsed(slot) {
            let flags = bucket.flags(slot)
            if flags & EntryFlags.anyDirty != 0 { continue }
            if unfolded.holds(flags) { continue }
            let isTombstone = flags & EntryFlags.removed != 0
            if flags & EntryFlags.used != 0 && !isTombstone {
                bucket.setFlags(slot, flags & ~EntryFlags.used)
                continue
            }
            if !isTombstone {
                let group = Int(core.pointee.segments[Int(index)].group)
                setResident(group, false)
            }
            vacate(FlatSlot(bucket: bucket, slot: slot, segment: index))
        }
    }

    /// The slot of a key given as bytes.
    func search(_ key: UnsafeRawBufferPointer, _ hash: UInt64) -> FlatSlot? {
        switch keyKind {
        case .bytes: return core.pointee.find(FlatKeyBytes(key), hash)
        case .fixed8:
            precondition(key.count == 8, "a key of \(key.count) bytes")
            return core.pointee.find(FlatKey8(key.loadUnaligned(as: UInt64.self)), hash)
        case .fixed16:
            precondition(key.count == 16, "a key of \(key.count) bytes")
            let first = key.loadUnaligned(as: UInt64.self)
            let second = key.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            return core.pointee.find(FlatKey16(first, second), hash)
        }
    }

    /// Fills a slot that `place` took as a clean entry, or a clean tombstone.
    func setClean(_ place: FlatSlot, _ value: UnsafeRawBufferPointer?, tag: UInt8) {
        let flags = EntryFlags.persisted | tag << EntryFlags.tagShift
        guard let value else {
            place.bucket.setFlags(place.slot, flags | EntryFlags.removed)
            core.pointee.tombstoneCount += 1
            core.pointee.segments[Int(place.segment)].cleanTombstones += 1
            return
        }
        place.bucket.setFlags(place.slot, flags)
        let entry = place.bucket.entry(place.slot, core.pointee.entryWidth)
        store(value, at: entry + keyKind.rawValue)
        core.pointee.liveCount += 1
    }
}
