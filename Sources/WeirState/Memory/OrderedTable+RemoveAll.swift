import WeirCore

extension OrderedTable {
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
}
