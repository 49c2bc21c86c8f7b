import WeirCore

extension OrderedTable {
    /// Brings back the table's content at an earlier checkpoint, and gives up the one at hand.
    ///
    /// Every entry that is dirty, or was last taken by one of the checkpoints with the tags
    /// `undone`, gets what `value` returns for its key group and key: the bytes at the checkpoint
    /// to go back to, valid until the next call, or nil if there was no value. All others are as
    /// they were then. Afterwards nothing is dirty. `kept` is the tag of the checkpoint to go back
    /// to, nil if that is folded. Cost: a walk over the table, and a call and a search for each
    /// such entry.
    public func rollBack(
        to kept: UInt8?,
        undone: [UInt8],
        value: (UInt16, UnsafeRawBufferPointer) -> UnsafeRawBufferPointer?
    ) {
        builder = nil
        var mask: UInt8 = 0
        for tag in undone { mask |= 1 << tag }
        unfolded &= ~mask
        needed &= ~mask
        for group in 0..<keyGroups.count {
            let cursor = OrderedCursor(self, includesRemoved: true)
            var isAtEntry = cursor.first(KeyGroup(UInt16(keyGroups.lower + group)))
            while isAtEntry {
                let isChanged =
                    cursor.flags & EntryFlags.anyDirty != 0
                    || EntryFlags.tagBit(cursor.flags) & mask != 0
                if isChanged {
                    let old = value(UInt16(keyGroups.lower + group), cursor.key)
                    restore(group, cursor.key, old, kept)
                }
                isAtEntry = cursor.next()
            }
        }
        let left = (dirtyCount, frozenCount)
        precondition(left == (0, 0), "after a rollback \(left) entries are dirty, frozen")
    }

    /// Empties the table; all its key groups are resident, or none is.
    public func removeAll(areResident: Bool) {
        builder = nil
        for group in 0..<keyGroups.count {
            while let leaf = groups[group].firstLeaf {
                _ = descend(group, leaf.key(0))
                // Back to front, so that only the last one changes the tree.
                while leaf.count > 1 { eraseLast(group, leaf) }
                erase(group, leaf, 0)
            }
            setResident(group, areResident)
        }
    }

    private func eraseLast(_ group: Int, _ leaf: OrderedPage) {
        let flags = leaf.flags(leaf.count - 1)
        leaf.remove(leaf.count - 1, payloads)
        countErased(group, leaf, flags)
    }

    /// Makes an entry clean with this value, or takes it out.
    ///
    /// Until the checkpoint is folded a tombstone stays: what lies below may still have a value.
    private func restore(
        _ group: Int,
        _ key: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer?,
        _ kept: UInt8?
    ) {
        let leaf = descend(group, key)
        let found = leaf.lowerBound(key)
        guard found.isEqual else { return }
        if value == nil && kept == nil { return erase(group, leaf, found.slot) }
        countErased(group, leaf, leaf.flags(found.slot))
        leaf.remove(found.slot, payloads)
        insertClean(group, leaf, key, value, kept ?? foldedTag)
    }
}
