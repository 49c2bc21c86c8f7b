import WeirCore

extension OrderedTable {
    /// Takes over what a segment or the image holds of a key, unless the table knows the key
    /// already.
    ///
    /// `value` is nil for a removal. `checkpoint` is the tag of the unfolded checkpoint whose
    /// segment the bytes come from, nil for the image. Returns whether the key was new to the
    /// table.
    @discardableResult
    public func insertClean(
        _ keyGroup: KeyGroup,
        _ key: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer?,
        checkpoint: UInt8? = nil
    ) -> Bool {
        let group = index(keyGroup)
        let leaf = descendOrPlant(group, key)
        let found = leaf.lowerBound(key)
        if found.isEqual { return false }
        insertClean(group, leaf, found.slot, key, value, checkpoint ?? unfolded.folded)
        return true
    }

    private func insertClean(
        _ group: Int,
        _ leaf: OrderedPage,
        _ slot: Int,
        _ key: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer?,
        _ tag: UInt8
    ) {
        let flags =
            EntryFlags.persisted | tag << EntryFlags.tagShift
            | (value == nil ? EntryFlags.removed : 0)
        let bytes = value ?? UnsafeRawBufferPointer(start: nil, count: 0)
        let place = place(group, leaf, slot, key, bytes, flags)
        countInserted(group, place.page, flags)
    }

    /// Whether everything of a key group is in the table, so that a miss means that there is no
    /// value.
    public func isResident(_ keyGroup: KeyGroup) -> Bool { groups[index(keyGroup)].isResident }

    /// Says whether everything of a key group is in the table: after a restore, or once it is
    /// loaded.
    public func setResident(_ keyGroup: KeyGroup, _ isResident: Bool) {
        setResident(index(keyGroup), isResident)
    }

    /// Whether all key groups are resident.
    public var isResident: Bool { absentGroupCount == 0 }

    /// The same, for a group counted from the first.
    func setResident(_ group: Int, _ isResident: Bool) {
        // Also a group of which only a part was absent: now anything may be.
        absent[group] = isResident ? nil : AbsentRange()
        if groups[group].isResident == isResident { return }
        groups[group].isResident = isResident
        absentGroupCount += isResident ? -1 : 1
    }

    /// Removes clean, folded entries that were not used lately until `bytes` are free again.
    ///
    /// A clock over the pages; `isOver` is asked after each of them. Key groups that lose a value
    /// are not resident any more. Returns the bytes freed, which may be fewer.
    @discardableResult
    public func evict(bytes: Int, until isOver: () -> Bool = { false }) -> Int {
        let before = liveBytes
        // Two rounds: the first may only find marks of use to clear.
        var turns = 2 * (blocks.liveBytes / OrderedPage.size + keyGroups.count)
        while turns > 0, before - liveBytes < bytes {
            turns -= 1
            guard let leaf = clock.leaf else {
                clock.group = (clock.group + 1) % max(keyGroups.count, 1)
                clock.leaf = groups[clock.group].firstLeaf
                continue
            }
            let group = clock.group
            clock.leaf = leaf.next
            if leaf.next == nil { clock = OrderedPlace(group: group, leaf: nil) }
            evict(group, leaf)
            if isOver() { break }
        }
        return before - liveBytes
    }

    private func evict(_ group: Int, _ leaf: OrderedPage) {
        victims.removeAll(keepingCapacity: true)
        var first: Int?
        var last: Int?
        for slot in 0..<leaf.count {
            let flags = leaf.flags(slot)
            if isNeeded(flags) { continue }
            if flags & EntryFlags.removed == 0 {
                if flags & EntryFlags.used != 0 {
                    leaf.setFlags(slot, flags & ~EntryFlags.used)
                    continue
                }
                if first == nil { first = slot }
                last = slot
            }
            victims.append(slot)
        }
        if let first, let last {
            noteEvicted(group, from: leaf.key(first), through: leaf.key(last))
        }
        dropVictims(group, leaf)
    }

    /// Whether an entry or tombstone cannot be read below.
    private func isNeeded(_ flags: UInt8) -> Bool {
        flags & EntryFlags.anyDirty != 0 || unfolded.holds(flags)
    }

    /// Takes the chosen records out of a leaf.
    private func dropVictims(_ group: Int, _ leaf: OrderedPage) {
        if victims.isEmpty { return }
        // The way to the leaf, for `tidy`, while it still has a key.
        if descend(group, leaf.key(0)) != leaf {
            preconditionFailure("a leaf that is not in its tree")
        }
        for slot in victims.reversed() {
            let flags = leaf.flags(slot)
            leaf.remove(slot, payloads)
            count(leaf, flags, -1)
            if flags & EntryFlags.removed != 0 { tombstoneCount -= 1 } else { addLive(group, -1) }
        }
        version &+= 1
        tidy(group, leaf)
    }

    /// Begins to drop the tombstones that are folded, if there are enough to be worth the walk.
    func beginSweep() {
        if tombstoneCount > 64 + count / 16 { sweep = OrderedPlace() }
    }

    /// Drops tombstones that are folded, page by page, until `isOver`; returns whether that is done.
    func dropTombstones(until isOver: () -> Bool) -> Bool {
        while let place = sweep {
            let leaf = place.leaf ?? groups[place.group].firstLeaf
            let isLast = place.group + 1 >= keyGroups.count
            guard let leaf else {
                sweep = isLast ? nil : OrderedPlace(group: place.group + 1, leaf: nil)
                continue
            }
            if let next = leaf.next {
                sweep = OrderedPlace(group: place.group, leaf: next)
            } else {
                sweep = isLast ? nil : OrderedPlace(group: place.group + 1, leaf: nil)
            }
            if leaf.cleanTombstones > 0 { dropTombstones(place.group, leaf) }
            if isOver() { return sweep == nil }
        }
        return true
    }

    private func dropTombstones(_ group: Int, _ leaf: OrderedPage) {
        victims.removeAll(keepingCapacity: true)
        for slot in 0..<leaf.count {
            let flags = leaf.flags(slot)
            if flags & (EntryFlags.removed | EntryFlags.anyDirty) == EntryFlags.removed,
                !unfolded.needsTombstone(flags)
            {
                victims.append(slot)
            }
        }
        dropVictims(group, leaf)
    }
}
