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
            background: background,
            cancellation: cancellation
        )
    }

    /// Puts the entries of a state that unfolded segments hold into its table, unless it can find
    /// them later.
    func fill(_ table: any StateTable, state: UInt16) throws(WeirError) {
        for tag in ledger.unfoldedTags { table.markUnfolded(tag: tag) }
        for tag in ledger.unfoldedTags where !ledger.isNeeded(tag) { table.markSettled(tag: tag) }
        if let pending {
            if table.readsPending { return table.setResident(keyGroups, false) }
            let content = BlockEntries()
            try pending.forEachBlock(of: state) { (segment, block) throws(WeirError) in
                try take(content, segment.reader, block, segment.range, segment.tag, table, state)
            }
            return
        }
        let content = BlockEntries()
        for entry in ledger.unlayered.reversed() {
            let reader = try entry.local.reader()
            for block in (0..<reader.blockCount).reversed() {
                try take(content, reader, block, entry.range, entry.tags.first, table, state)
            }
        }
    }

    /// Puts the entries of a state that one block holds into its table, the last one first.
    private func take(
        _ content: BlockEntries,
        _ reader: SegmentReader,
        _ block: Int,
        _ range: KeyGroupRange,
        _ tag: UInt8,
        _ table: any StateTable,
        _ state: UInt16
    ) throws(WeirError) {
        try content.read(reader, block: block, in: range) { _ in }
        for index in (0..<content.count).reversed() {
            let entry = content.entries[index]
            guard entry.state == state else { continue }
            guard table.fits(key: entry.key, value: entry.value) else {
                throw reader.damaged(entryAt: content.offsets[index])
            }
            table.insertUnfolded(
                keyGroup: entry.keyGroup,
                key: entry.key,
                value: entry.value,
                tag: tag
            )
        }
    }

    private var flatTables: [FlatTable] { tables.compactMap { $0.table as? FlatTable } }

    /// Whether state that is not in memory is being loaded, from restored segments or from below.
    public var isLoading: Bool { pending != nil || loading.running != nil }

    /// Loads a slice of what is pending; returns whether more is.
    func loadPending(until isOver: () -> Bool) throws(WeirError) -> Bool {
        guard let pending, memory.excessBytes == 0 else { return false }
        try pending.load(into: flatTables, until: isOver)
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
        pending?.close(flatTables)
        pending = nil
    }
}
