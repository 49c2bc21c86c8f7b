import WeirCore

extension OrderedTable {
    /// The leaf where a key belongs, in a group that has a root; the way there is in `path`.
    func descend(_ group: Int, _ key: UnsafeRawBufferPointer) -> OrderedPage {
        guard var page = groups[group].root else { preconditionFailure("a group without a tree") }
        depth = 0
        while page.level > 0 {
            let slot = page.childSlot(key)
            (path + depth).initialize(to: OrderedStep(page: page, slot: slot))
            depth += 1
            page = page.child(slot)
            page.prefetch()
        }
        return page
    }

    /// The same; the group gets its first leaf if it has none.
    func descendOrPlant(_ group: Int, _ key: UnsafeRawBufferPointer) -> OrderedPage {
        if groups[group].root == nil {
            let leaf = makePage(level: 0, group)
            groups[group].root = leaf
            groups[group].firstLeaf = leaf
        }
        return descend(group, key)
    }

    /// Adds a record that is not there, after `descend` to its leaf and a search for its slot there;
    /// returns where it is.
    func place(
        _ group: Int,
        _ leaf: OrderedPage,
        _ slot: Int,
        _ key: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer,
        _ flags: UInt8
    ) -> (page: OrderedPage, slot: Int) {
        version &+= 1
        let bytes = OrderedPage.recordBytes(key: key.count, value: value.count)
        let page = makeRoom(group, leaf, at: depth, key, bytes)
        // Records before the slot stay where they are, unless it moves to a new page with them.
        let slot = page == leaf ? slot : page.lowerBound(key).slot
        page.insert(slot, key: key, value: value, flags: flags, payloads)
        return (page, slot)
    }

    /// Replaces a record's value, after `descend` to its leaf; flags and counts stay.
    func overwrite(
        _ group: Int,
        _ leaf: OrderedPage,
        _ slot: Int,
        _ key: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer
    ) {
        if leaf.replaceValue(slot, value) { return }
        let flags = leaf.flags(slot)
        leaf.remove(slot, payloads)
        count(leaf, flags, -1)
        let place = place(group, leaf, slot, key, value, flags)
        count(place.page, flags, 1)
    }

    /// Takes a record out, after `descend` to its leaf, with all its counts.
    func erase(_ group: Int, _ leaf: OrderedPage, _ slot: Int) {
        let flags = leaf.flags(slot)
        version &+= 1
        leaf.remove(slot, payloads)
        countErased(group, leaf, flags)
        tidy(group, leaf)
    }

    /// Counts a record out of table, group and page.
    func countErased(_ group: Int, _ leaf: OrderedPage, _ flags: UInt8) {
        count(leaf, flags, -1)
        let dirty = flags & EntryFlags.anyDirty
        if dirty != 0 {
            addDirty(group, dirty, -1)
            if dirty == dirtyFlag { dirtyCount -= 1 } else { frozenCount -= 1 }
        }
        if flags & EntryFlags.removed != 0 { tombstoneCount -= 1 } else { addLive(group, -1) }
    }

    /// Counts a new record in table, group and page.
    func countInserted(_ group: Int, _ page: OrderedPage, _ flags: UInt8) {
        count(page, flags, 1)
        if flags & EntryFlags.anyDirty != 0 {
            addDirty(group, flags & EntryFlags.anyDirty, 1)
            dirtyCount += 1
        }
        if flags & EntryFlags.removed != 0 {
            tombstoneCount += 1
        } else {
            addLive(group, 1)
            noteLive(group, page)
        }
    }

    /// Counts a record of a page in or out.
    func count(_ page: OrderedPage, _ flags: UInt8, _ change: Int) {
        let dirty = flags & EntryFlags.anyDirty
        if dirty != 0 { page.addDirty(dirty, change) }
        if flags & EntryFlags.removed == 0 {
            page.liveCount += change
        } else if dirty == 0 {
            page.cleanTombstones += change
        }
    }

    func addLive(_ group: Int, _ change: Int) {
        count += change
        groups[group].liveCount += change
    }

    func addDirty(_ group: Int, _ flag: UInt8, _ change: Int) {
        if flag == EntryFlags.evenEpoch {
            groups[group].evenDirty += change
        } else {
            groups[group].oddDirty += change
        }
    }

    /// Keeps `firstLive` true after a leaf got a value.
    func noteLive(_ group: Int, _ page: OrderedPage) {
        guard let first = groups[group].firstLive, first != page else { return }
        if first.count == 0 || page.count == 0
            || OrderedPage.compare(page.key(0), first.key(0)) < 0
        {
            groups[group].firstLive = page
        }
    }

    /// Sees to `bytes` of room where a key belongs: in the page, or one that is split off.
    private func makeRoom(
        _ group: Int,
        _ page: OrderedPage,
        at depth: Int,
        _ key: UnsafeRawBufferPointer,
        _ bytes: Int
    ) -> OrderedPage {
        if page.room >= bytes { return page }
        if page.roomWhenCompact >= bytes && page.garbage >= OrderedPage.size / 8 {
            page.compact(scratch)
            return page
        }
        let slot = page.level > 0 ? page.childSlot(key) + 1 : page.lowerBound(key).slot
        let isAppend = slot == page.count && page.next == nil
        let right = makePage(level: page.level, group)
        if !isAppend {
            page.move(from: middle(page), to: right)
            page.compact(scratch)
        }
        link(right, after: page)
        recount(page)
        recount(right)
        let separator = isAppend ? key : right.key(0)
        let goesRight = isAppend || OrderedPage.compare(key, separator) >= 0
        insertSeparator(group, at: depth - 1, separator, right)
        return goesRight ? right : page
    }

    /// Adds a child to the inner page at a step of the path, or makes a new root.
    private func insertSeparator(
        _ group: Int,
        at depth: Int,
        _ key: UnsafeRawBufferPointer,
        _ child: OrderedPage
    ) {
        if depth < 0 {
            guard let old = groups[group].root else {
                preconditionFailure("a group without a tree")
            }
            let root = makePage(level: old.level + 1, group)
            insertChild(root, 0, UnsafeRawBufferPointer(start: nil, count: 0), old)
            insertChild(root, 1, key, child)
            groups[group].root = root
            return
        }
        let bytes = OrderedPage.recordBytes(key: key.count, value: 8)
        let parent = makeRoom(group, path[depth].page, at: depth, key, bytes)
        insertChild(parent, parent.count == 0 ? 0 : parent.childSlot(key) + 1, key, child)
    }

    private func insertChild(
        _ parent: OrderedPage,
        _ slot: Int,
        _ key: UnsafeRawBufferPointer,
        _ child: OrderedPage
    ) {
        withUnsafeBytes(of: child.bits) {
            parent.insert(slot, key: key, value: $0, flags: 0, payloads)
        }
    }

    /// The slot that halves a page's bytes; both sides get a record.
    private func middle(_ page: OrderedPage) -> Int {
        var bytes = 0
        var slot = page.count
        while slot > 1, bytes < page.usedBytes / 2 {
            slot -= 1
            bytes += OrderedPage.recordBytes(
                key: page.key(slot).count,
                value: page.value(slot).count
            )
        }
        return min(max(slot, 1), page.count - 1)
    }

    /// Counts a page's records anew.
    func recount(_ page: OrderedPage) {
        page.liveCount = 0
        page.cleanTombstones = 0
        for flag in [EntryFlags.evenEpoch, EntryFlags.anyDirty ^ EntryFlags.evenEpoch] {
            page.addDirty(flag, -page.dirtyCount(flag))
        }
        if page.level > 0 { return }
        for slot in 0..<page.count { count(page, page.flags(slot), 1) }
    }

    private func makePage(level: Int, _ group: Int) -> OrderedPage {
        precondition(level < Self.deepestTree, "a tree of \(level) levels")
        let block = blocks.allocate(order: 0)
        let page = OrderedPage(block.start)
        page.clear(level: level, group: group, chunk: block.chunk)
        return page
    }
}
