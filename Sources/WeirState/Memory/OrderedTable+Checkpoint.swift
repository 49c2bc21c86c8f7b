import WeirCore
import WeirSnapshot

extension OrderedTable {
    /// The barrier of a checkpoint: what is dirty now belongs to it and will be added to `builder`.
    ///
    /// O(1). What the checkpoint before froze must be serialised (`frozenCount == 0`). `tag`, 0 to
    /// 7, names the checkpoint until it is folded; those that share one must be folded together.
    public func beginEpoch(tag: UInt8, into builder: SegmentBuilder) {
        precondition(frozenCount == 0, "the checkpoint before is not serialised")
        self.tag = tag
        unfolded.insert(tag)
        self.builder = builder
        frozenCount = dirtyCount
        dirtyCount = 0
        dirtyFlag ^= EntryFlags.anyDirty
        serialising = OrderedPlace()
    }

    /// A tag that no unfolded checkpoint has; nil if there are eight of them.
    public var freeTag: UInt8? { unfolded.free }

    /// Notes that a checkpoint is folded into the image; its tag is free again.
    ///
    /// What it took can be evicted, and tombstones be forgotten.
    public func markFolded(tag: UInt8) { unfolded.remove(tag) }

    /// Notes that no segment knows anything of the keys that were removed under a tag.
    ///
    /// Such tombstones can be forgotten; the tag's other entries still can be read in memory only.
    public func markSettled(tag: UInt8) { unfolded.settle(tag) }

    /// Notes that entries with a tag can be read in memory only: the opposite of `markFolded`.
    public func markUnfolded(tag: UInt8) { unfolded.insert(tag) }

    /// Serialises frozen entries until none is left, `isOver` says so or `mostPages` are looked at.
    ///
    /// `isOver` is asked every 8 pages (some 10 µs). Returns whether all is done.
    public func serialiseFrozen(
        mostPages: Int = Int.max,
        until isOver: () -> Bool = { false }
    ) -> Bool {
        var looked = 0
        while frozenCount > 0 {
            let group = serialising.group
            if serialising.leaf == nil, groups[group].dirtyCount(frozenFlag) > 0 {
                serialising.leaf = groups[group].firstLeaf
            }
            guard let leaf = serialising.leaf, groups[group].dirtyCount(frozenFlag) > 0 else {
                serialising = OrderedPlace(group: (group + 1) % keyGroups.count, leaf: nil)
                continue
            }
            serialise(leaf)
            serialising.leaf = leaf.next
            looked += 1
            if looked >= mostPages || (looked & 7 == 0 && isOver()) { break }
        }
        if frozenCount > 0 { return false }
        builder = nil
        return true
    }

    /// Makes an existing record dirty in the running epoch; if it is frozen, its page is serialised
    /// first.
    ///
    /// Returns whether it was a tombstone, which then is a value, so far empty.
    func touch(_ group: Int, _ leaf: OrderedPage, _ slot: Int) -> Bool {
        if leaf.flags(slot) & frozenFlag != 0 { serialise(leaf) }
        let flags = leaf.flags(slot)
        let wasRemoved = flags & EntryFlags.removed != 0
        if wasRemoved {
            tombstoneCount -= 1
            if flags & EntryFlags.anyDirty == 0 { leaf.cleanTombstones -= 1 }
            leaf.liveCount += 1
            addLive(group, 1)
            noteLive(group, leaf)
        }
        if flags & dirtyFlag == 0 {
            leaf.addDirty(dirtyFlag, 1)
            addDirty(group, dirtyFlag, 1)
            dirtyCount += 1
        }
        leaf.setFlags(slot, (flags & ~EntryFlags.removed) | dirtyFlag | EntryFlags.used)
        return wasRemoved
    }

    /// Adds all frozen records of a leaf to the checkpoint at hand; they are clean then.
    func serialise(_ leaf: OrderedPage) {
        let frozen = leaf.dirtyCount(frozenFlag)
        if frozen == 0 { return }
        guard let builder else { preconditionFailure("frozen entries, but no checkpoint at hand") }
        let keyGroup = UInt16(keyGroups.lower + leaf.group)
        for slot in 0..<leaf.count {
            let flags = leaf.flags(slot)
            if flags & frozenFlag == 0 { continue }
            if flags & EntryFlags.removed != 0 {
                builder.appendTombstone(keyGroup: keyGroup, state: state, key: leaf.key(slot))
                leaf.cleanTombstones += 1
            } else {
                builder.append(
                    keyGroup: keyGroup,
                    state: state,
                    key: leaf.key(slot),
                    value: leaf.value(slot)
                )
            }
            leaf.setFlags(slot, EntryFlags.serialised(flags, tag: tag))
        }
        leaf.addDirty(frozenFlag, -frozen)
        addDirty(leaf.group, frozenFlag, -frozen)
        frozenCount -= frozen
    }
}
