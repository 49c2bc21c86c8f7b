import WeirCore
import WeirSnapshot

extension KeyedStateBackend {
    /// Makes what restored segments hold known: a little is read into the tables when states are
    /// registered, much is indexed, and loaded between steps.
    func awaitSegments() throws(WeirError) {
        let entries = ledger.unlayered
        let bytes = entries.reduce(0) { $0 + $1.local.byteCount }
        guard bytes > policy.eagerBytes else { return }
        pending = try PendingSegments(
            entries,
            keyGroups,
            memory: memory,
            background: background
        )
    }

    /// Puts the entries of a state that unfolded segments hold into its table, unless it can find
    /// them later.
    func fill(_ table: any StateTable, state: UInt16) throws(WeirError) {
        for tag in ledger.unfoldedTags { table.markUnfolded(tag: tag) }
        for tag in ledger.unfoldedTags where !ledger.isNeeded(tag) { table.markSettled(tag: tag) }
        if let pending {
            if table.readsPending { return table.setResident(keyGroups, false) }
            try pending.forEachBlock(of: state) { (segment, block) throws(WeirError) in
                try segment.reader.forEach(inBlock: block, of: segment.range) { entry, _ in
                    guard entry.state == state else { return }
                    table.insertUnfolded(
                        keyGroup: entry.keyGroup,
                        key: entry.key,
                        value: entry.value,
                        tag: segment.tag
                    )
                }
            }
            return
        }
        for entry in ledger.unlayered.reversed() {
            let reader = try entry.local.reader()
            let tag = entry.tags.first
            try reader.forEach(in: entry.range) { (item) throws(WeirError) in
                guard item.state == state else { return }
                table.insertUnfolded(
                    keyGroup: item.keyGroup,
                    key: item.key,
                    value: item.value,
                    tag: tag
                )
            }
        }
    }

    /// Whether restored segments are being loaded.
    public var isLoading: Bool { pending != nil }

    /// Loads a slice of what is pending; returns whether more is.
    func loadPending(until isOver: () -> Bool) throws(WeirError) -> Bool {
        guard let pending, memory.excessBytes == 0 else { return false }
        try pending.load(into: tables.compactMap { $0.table as? FlatTable }, until: isOver)
        guard pending.isLoaded else { return true }
        endPending()
        return false
    }

    /// Forgets pending segments that can be read below by now.
    func trimPending() {
        guard let pending else { return }
        pending.keep(Set(ledger.unlayered.map(\.id)))
        if pending.isEmpty { endPending() }
    }

    private func endPending() {
        dropPending()
        // If nothing is below, nothing can have been evicted: the tables hold all there is.
        if !isBelowInUse && !fold.hasFolded {
            for (_, table) in tables where table.readsPending { table.setResident(keyGroups, true) }
        }
        foldIfUseful()
    }

    /// Gives up what is pending.
    func dropPending() {
        pending?.close()
        pending = nil
    }
}
