import WeirCore
import WeirSnapshot

/// Whether entries are being moved to a spill layer.
struct SpillProgress {
    /// What is being moved, until it is done.
    struct Running {
        let job: OneTimeJob<Void>
        let opened: OneTimeJob<any ImageStore>
        let directory: ScratchDirectory
        let entries: [SegmentLedger.Entry]
        /// Whether the newest layer receives the entries.
        let isAppended: Bool
    }

    var running: Running?
    /// Evictions in a row that gave nothing back.
    var futileEvictions = 0
    /// The generation of what was below then, and the bytes in use.
    var futileGeneration = 0
    var futileBytes = 0
}

extension KeyedStateBackend {
    /// So many layers are read one after the other at most; further spills go into the newest.
    static let mostLayers = 3
    /// So many evictions in a row may give nothing back (a clock hand first clears marks of use);
    /// then none is tried before more entries are readable below, or more were loaded.
    static let mostFutileEvictions = 64
    /// Fewer dirty entries are not worth a spill.
    static let leastSpilledEntries = 1024

    /// Brings the tables back inside their share of memory.
    ///
    /// Clean, folded entries are evicted first. If that is not enough, covered segments are folded,
    /// and else the open epoch is cut: its entries go to a spill layer, which a rollback drops, and
    /// their segments into the next checkpoint. Where the budget is nearly used up the task waits for
    /// that, so its memory stays bounded.
    func relieveMemory(until isOver: () -> Bool) throws(WeirError) {
        guard memory.excessBytes > 0 else { return }
        evict(until: isOver)
        guard memory.excessBytes > 0 else { return }
        if !ledger.foldable.isEmpty, !fold.isRunning { startFold() }
        let isUrgent = memory.isUrgent
        if fold.isRunning && !isUrgent { return }
        try spillIfUseful(isUrgent: isUrgent)
        if isUrgent, spill.running != nil {
            try finishSpill()
            evict { false }
        }
    }

    /// Evicts down to a sixteenth below the share.
    private func evict(until isOver: () -> Bool) {
        let hasGrown = memory.usedBytes > spill.futileBytes + memory.limitBytes / 64
        if spill.futileGeneration != belowGeneration || hasGrown {
            spill.futileGeneration = belowGeneration
            spill.futileBytes = memory.usedBytes
            spill.futileEvictions = 0
        }
        guard spill.futileEvictions < Self.mostFutileEvictions else { return }
        let wanted = memory.excessBytes + memory.limitBytes / 16
        var freed = 0
        // The table that was first the last time is last now.
        if tables.count > 1 { tables.append(tables.removeFirst()) }
        for (_, table) in tables where freed < wanted {
            let bytes = table.evict(bytes: wanted - freed, until: isOver)
            freed += bytes
            if isOver() { break }
        }
        spill.futileEvictions = freed > 0 ? 0 : spill.futileEvictions + 1
        spill.futileBytes = min(spill.futileBytes, memory.usedBytes)
        // Also if nothing came free: entries may be gone from a segment that kept its size.
        loading.evictionCount += 1
    }

    private func spillIfUseful(isUrgent: Bool) throws(WeirError) {
        guard spill.running == nil else { return }
        if epoch == nil {
            let dirty = tables.reduce(0) { $0 + $1.table.dirtyCount }
            guard dirty >= Self.leastSpilledEntries || !ledger.unlayered.isEmpty else { return }
            begin(.spill)
        }
        if isUrgent {
            _ = try serialiseSlice { false }
            // The epoch at hand may have been a checkpoint's; its entries are unspilled then.
            if spill.running == nil { startSpill() }
        }
    }

    /// Starts to move all segments that can be read in memory only to a layer.
    ///
    /// All, also what a running fold takes in: so a layer has no gap, and what it holds of a key is
    /// never older than what the image holds.
    func startSpill() {
        guard spill.running == nil else { return }
        let entries = ledger.unlayered
        guard !entries.isEmpty else { return }
        let isAppended = below.layers.count >= Self.mostLayers
        let newest = isAppended ? below.layers.last : nil
        let last = entries.last?.sequence ?? 0
        if isAppended { below.layers[below.layers.count - 1].lastSequence = last }
        let directory = newest?.directory ?? ScratchDirectory(scratch, "spill")
        let images = images
        let range = keyGroups
        let opened = OneTimeJob { () throws(WeirError) -> any ImageStore in
            // Its values do not begin with their expiry, so nothing in it may be dropped.
            if let newest { return newest.store }
            return try images.open(
                directory: directory.path,
                parts: [],
                range: range,
                timeToLive: ImageTimeToLive(),
                verifies: false
            )
        }
        let job = OneTimeJob { () throws(WeirError) in
            let store = try opened.run()
            for entry in entries {
                let shared = entry.range.intersection(range) ?? KeyGroupRange(0, 0)
                _ = try store.fold([entry.local.reader()], in: shared, marksRemovals: true)
            }
        }
        spill.running = SpillProgress.Running(
            job: job,
            opened: opened,
            directory: directory,
            entries: entries,
            isAppended: isAppended
        )
        background(
            { () throws(WeirError) in try job.run() },
            { [weak self] (_) throws(WeirError) in
                // A rollback, or the task that could not wait, may have been faster.
                guard let self, spill.running?.job === job else { return }
                try finishSpill()
            }
        )
    }

    /// Waits for the spill that runs, and lets its entries be read from the layer.
    func finishSpill() throws(WeirError) {
        guard let running = spill.running else { return }
        spill.running = nil
        try running.job.run()
        let last = running.entries.last?.sequence ?? 0
        // A fold that began later may have taken in all of it.
        if !running.isAppended, ledger.entries.contains(where: { $0.sequence <= last }) {
            below.layers.append(
                SpillLayer(
                    store: try running.opened.run(),
                    directory: running.directory,
                    lastSequence: last
                )
            )
        }
        ledger.layer(Set(running.entries.map(\.id)))
        belowGeneration += 1
        noteTags()
        trimPending()
    }
}
