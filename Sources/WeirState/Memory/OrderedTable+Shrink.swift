import WeirCore

extension OrderedTable {
    /// Frees a leaf that is empty, or joins one that is nearly so with the next, after `descend` to
    /// it.
    func tidy(_ group: Int, _ leaf: OrderedPage) {
        if leaf.count == 0 {
            unlink(group, leaf, standIn: leaf.next)
            release(leaf)
            return removeChild(group, at: depth - 1)
        }
        guard leaf.usedBytes < OrderedPage.size / 4, depth > 0 else { return }
        let step = path[depth - 1]
        guard step.slot + 1 < step.page.count else { return }
        let right = step.page.child(step.slot + 1)
        guard leaf.usedBytes + right.usedBytes <= OrderedPage.size * 5 / 8 else { return }
        if leaf.room < right.usedBytes { leaf.compact(scratch) }
        right.move(from: 0, to: leaf)
        recount(leaf)
        unlink(group, right, standIn: leaf)
        release(right)
        path[depth - 1].slot += 1
        removeChild(group, at: depth - 1)
    }

    /// Puts a new page behind another in the chain of leaves.
    func link(_ right: OrderedPage, after left: OrderedPage) {
        if left.level > 0 { return }
        right.next = left.next
        right.previous = left
        left.next?.previous = right
        left.next = right
    }

    /// Takes a leaf out of the chain; who points to it gets `standIn`.
    private func unlink(_ group: Int, _ leaf: OrderedPage, standIn: OrderedPage?) {
        leaf.next?.previous = leaf.previous
        leaf.previous?.next = leaf.next
        if groups[group].firstLeaf == leaf { groups[group].firstLeaf = leaf.next }
        if groups[group].firstLive == leaf { groups[group].firstLive = standIn }
        if serialising.leaf == leaf { serialising = successor(group, standIn) }
        if clock.leaf == leaf { clock = successor(group, standIn) }
        if sweep?.leaf == leaf { sweep = sweepSuccessor(group, standIn) }
    }

    private func successor(_ group: Int, _ leaf: OrderedPage?) -> OrderedPlace {
        if let leaf { return OrderedPlace(group: group, leaf: leaf) }
        return OrderedPlace(group: (group + 1) % max(keyGroups.count, 1), leaf: nil)
    }

    private func sweepSuccessor(_ group: Int, _ leaf: OrderedPage?) -> OrderedPlace? {
        if let leaf { return OrderedPlace(group: group, leaf: leaf) }
        return group + 1 < keyGroups.count ? OrderedPlace(group: group + 1, leaf: nil) : nil
    }

    /// Takes the child out that a step of the path leads to; empty inner pages go too.
    private func removeChild(_ group: Int, at depth: Int) {
        if depth < 0 {
            groups[group] = OrderedGroup(
                evenDirty: groups[group].evenDirty,
                oddDirty: groups[group].oddDirty,
                isResident: groups[group].isResident
            )
            return
        }
        let step = path[depth]
        step.page.remove(step.slot, payloads)
        if step.page.count == 0 {
            release(step.page)
            return removeChild(group, at: depth - 1)
        }
        while let root = groups[group].root, root.level > 0, root.count == 1 {
            groups[group].root = root.child(0)
            root.remove(0, payloads)
            release(root)
        }
    }

    private func release(_ page: OrderedPage) {
        blocks.release(BlockAllocator.Block(start: page.start, chunk: page.chunk), order: 0)
    }

    /// Gives back long keys of inner pages, before the table goes.
    func releaseSeparators(_ page: OrderedPage) {
        if page.level == 0 { return }
        for slot in 0..<page.count { releaseSeparators(page.child(slot)) }
        while page.count > 0 { page.remove(page.count - 1, payloads) }
    }
}
