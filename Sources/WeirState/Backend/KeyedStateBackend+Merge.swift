import WeirCore
import WeirSnapshot

extension KeyedStateBackend {
    /// Whether covered segments go into the image, and are not merged among themselves.
    ///
    /// State that fits in memory is never read from below. So its segments are merged, which costs a
    /// thirtieth of folding, until there is an image or soon may have to be.
    var prefersFolding: Bool {
        isBelowInUse || fold.hasFolded || memory.excessBytes > 0
            || memory.pool.usedBytes / max(policy.mergePercent, 1)
                > memory.pool.softLimitBytes / 100
            || policy.mergePercent == 0
    }

    /// Starts to merge runs of covered segments if there are enough of them.
    func mergeIfUseful() {
        // What is not loaded yet must not lose the removals that are newer than it.
        guard !fold.isRunning, pending == nil, spill.running == nil else { return }
        let runs = ledger.runs
        let sizes = runs.map { $0.reduce(0) { $0 + $1.local.byteCount } }
        guard let chosen = MergePolicy.choose(sizes) else { return }
        guard let first = runs[chosen].first?.startIndex, let last = runs[chosen].last?.endIndex
        else { return }
        startMerge(ledger.foldable[first..<last])
    }

    private func startMerge(_ entries: ArraySlice<SegmentLedger.Entry>) {
        fold.isRunning = true
        // The oldest segments lie on nothing: there is no image.
        let isBase = entries.startIndex == ledger.foldable.startIndex
        let job = makeMerge(entries, keyGroups, isBase: isBase)
        background(
            { () throws(WeirError) in try job.run() },
            { [weak self] (_) throws(WeirError) in
                try self?.finishMerge(entries, isBase: isBase, job)
            }
        )
    }

    /// The merge of a range of key groups of some neighbours.
    private func makeMerge(
        _ entries: ArraySlice<SegmentLedger.Entry>,
        _ range: KeyGroupRange,
        isBase: Bool
    ) -> OneTimeJob<[LocalSegment]> {
        let (scratch, timeToLive, cancellation) = (scratch, timeToLive, cancellation)
        let memoryBytes = min(max(memory.limitBytes / 16, 1 << 20), 48 << 20)
        let segmentBytes = segmentBytes
        return OneTimeJob { () throws(WeirError) -> [LocalSegment] in
            var inputs: [SegmentMerger.Input] = []
            for entry in entries {
                let shared = entry.range.intersection(range) ?? KeyGroupRange(0, 0)
                inputs.append(.init(reader: try entry.local.reader(), range: shared))
            }
            let merger = SegmentMerger(
                range: range,
                inputs: inputs,
                isBase: isBase,
                timeToLive: timeToLive,
                memoryBytes: memoryBytes,
                segmentBytes: segmentBytes,
                cancellation: cancellation
            )
            var merged: [LocalSegment] = []
            try merger.run { (image) throws(WeirError) in
                let segment = LocalSegment(image, in: scratch)
                try segment.materialise()
                merged.append(segment)
            }
            return merged
        }
    }

    /// Merges all segments of a snapshot, and waits, if their index would take much of the memory.
    ///
    /// Where every key changes in each epoch, most entries are old: what is left has room for an
    /// index, and is not moved to a spill layer, from which each key would be read by itself.
    func mergeIfLarge() throws(WeirError) {
        let entries = ledger.foldable
        guard !isBelowInUse, ledger.runs.count > 1, isIndexLarge else { return }
        let middle = (keyGroups.lower + keyGroups.upper) / 2
        let ranges = [
            KeyGroupRange(keyGroups.lower, middle), KeyGroupRange(middle, keyGroups.upper),
        ].filter { $0.lower < $0.upper }
        let jobs = ranges.map { makeMerge(entries, $0, isBase: true) }
        for job in jobs.dropFirst() {
            background({ () throws(WeirError) in try job.run() }, { _ in })
        }
        var merged: [LocalSegment] = []
        for job in jobs { merged += try job.run() }
        if ledger.replace(entries, by: merged, range: keyGroups, isBase: true) { noteTags() }
    }

    /// Whether an index of all segments would take a quarter of the memory.
    var isIndexLarge: Bool {
        let entries = ledger.unlayered.reduce(0) { $0 + $1.local.entryCount }
        return entries * SegmentIndex.bytesOfEntry > memory.roomBytes / 4
    }

    private func finishMerge(
        _ entries: ArraySlice<SegmentLedger.Entry>,
        isBase: Bool,
        _ job: OneTimeJob<[LocalSegment]>
    ) throws(WeirError) {
        fold.isRunning = false
        let merged: [LocalSegment]
        do throws(WeirError) {
            merged = try job.run()
        } catch {
            try noteFoldFailure(error)
            return
        }
        fold.failureCount = 0
        // A rollback begins to load what it finds, and a spill moves it; then all stays as it is.
        guard pending == nil, spill.running == nil else { return }
        let isReplaced = ledger.replace(entries, by: merged, range: keyGroups, isBase: isBase)
        if isReplaced { noteTags() }
        foldIfUseful()
    }

    /// A full disk may have room when the next completed checkpoint tries again; what is damaged stays
    /// so, and each further checkpoint would name it.
    func noteFoldFailure(_ error: WeirError) throws(WeirError) {
        fold.failureCount += 1
        if error.isDamage || fold.failureCount >= Self.mostFoldFailures { throw error }
    }
}
