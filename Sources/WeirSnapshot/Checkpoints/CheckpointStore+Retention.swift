import WeirCore

/// What a clean-up deleted.
public struct RetentionReport: Sendable, Equatable {
    /// Checkpoints that are no more, ascending.
    public let checkpoints: [CheckpointID]
    /// Files that no remaining checkpoint refers to, sorted.
    public let files: [String]
}

extension CheckpointStore {
    /// Deletes checkpoints beyond the newest `count`, and files that none of the rest refers to.
    ///
    /// Kept are: the newest `count` complete and readable ones, pinned ones, savepoints, and
    /// everything that is newer than the newest complete one of this attempt, since it may be in
    /// progress. Manifests go first, and are gone for good before any of their files: whenever this is
    /// interrupted, what is listed is whole, and the next call goes on. References are counted by
    /// reading the manifests; there is no other book-keeping that could be wrong after a crash.
    /// - Throws: `staleAttempt` if a later attempt has completed a checkpoint: the caller is no longer
    ///   in charge. `fileFailed`, `snapshotVersion`: nothing more is deleted.
    @discardableResult
    public func clean(
        attempt: Attempt,
        keeping count: Int = 3
    ) throws(WeirError) -> RetentionReport {
        let plan = try retentionPlan(attempt: attempt, keeping: max(count, 1))
        guard let newest = plan.newest else { return RetentionReport(checkpoints: [], files: []) }
        try confirm(newest, attempt: attempt)
        // The markers first: without its manifest a checkpoint must not look as if it had lost it.
        try files.delete(plan.dropped.map(CheckpointNames.completion))
        #if Sabotage
        FailPoint.cleaningMarkers.reach()
        #endif
        try files.delete(plan.dropped.map(CheckpointNames.manifest))
        #if Sabotage
        FailPoint.cleaningManifests.reach()
        #endif
        let unused = try files.list(prefix: "").filter { name in
            guard let checkpoint = CheckpointNames.checkpoint(of: name) else { return false }
            return checkpoint < newest && !plan.needed.contains(name) && !name.hasPrefix("pins/")
        }
        try files.delete(unused)
        #if Sabotage
        FailPoint.cleaningFiles.reach()
        #endif
        return RetentionReport(checkpoints: plan.dropped, files: unused)
    }

    /// Deletes what was stored for checkpoints that were given up, and returns the names.
    ///
    /// None of them may be in progress, nor may its manifest be on the way. What has a manifest or had
    /// one stays - it is not known of every failure whether it was stored - and so does what a complete
    /// checkpoint refers to. A task that still stores for one of them leaves files: to be called again.
    /// - Throws: `fileFailed`, `snapshotVersion`: nothing more is deleted.
    @discardableResult
    public func discard(_ abandoned: ClosedRange<CheckpointID>) throws(WeirError) -> [String] {
        var kept: Set<CheckpointID> = []
        var needed: Set<String> = []
        for entry in try list() where entry.state != .unfinished {
            kept.insert(entry.checkpoint)
            for file in try readable(entry)?.files ?? [] { needed.insert(file.name) }
        }
        let unused = try files.list(prefix: "").filter { name in
            guard let checkpoint = CheckpointNames.checkpoint(of: name) else { return false }
            return abandoned.contains(checkpoint) && !kept.contains(checkpoint)
                && !needed.contains(name) && !name.hasPrefix("pins/")
        }
        try files.delete(unused)
        return unused
    }

    private func retentionPlan(
        attempt: Attempt,
        keeping count: Int
    ) throws(WeirError) -> RetentionPlan {
        var plan = RetentionPlan(count: count)
        for entry in try list() where entry.state != .unfinished {
            let manifest = try readable(entry)
            if let manifest, manifest.attempt > attempt {
                throw WeirError(
                    .staleAttempt,
                    "Attempt \(manifest.attempt) has completed checkpoint \(entry.checkpoint), so "
                        + "attempt \(attempt) may not delete files.",
                    fix: "Nothing: this process has been replaced and is to end."
                )
            }
            if let manifest, plan.newest == nil, manifest.attempt == attempt {
                plan.newest = entry.checkpoint
            }
            plan.add(entry, manifest)
        }
        return plan
    }

    /// The manifest of a complete checkpoint; nil if it is damaged or must not be used.
    private func readable(_ entry: CheckpointEntry) throws(WeirError) -> CheckpointManifest? {
        guard entry.state == .complete else { return nil }
        do throws(WeirError) {
            return try load(entry.checkpoint)
        } catch let error where error.isDamage {
            return nil
        }
    }
}

/// What stays and what goes; checkpoints are added newest first.
private struct RetentionPlan {
    /// How many good ones stay.
    let count: Int
    /// The newest complete checkpoint of the attempt in charge; nil if it has none yet.
    var newest: CheckpointID?
    /// Complete, withdrawn or damaged ones to be deleted, ascending.
    private(set) var dropped: [CheckpointID] = []
    /// Files that stay.
    private(set) var needed: Set<String> = []
    private var kept = 0

    init(count: Int) { self.count = count }

    mutating func add(_ entry: CheckpointEntry, _ manifest: CheckpointManifest?) {
        let isNewer = newest.map { entry.checkpoint > $0 } ?? true
        if let manifest {
            #if Sabotage
            let isSavepoint =
                manifest.purpose == .savepoint && !Sabotage.savepointNotKept.isActive
            #else
            let isSavepoint = manifest.purpose == .savepoint
            #endif
            let isAsked = entry.isPinned || isSavepoint
            guard isAsked || isNewer || kept < count else {
                dropped.insert(entry.checkpoint, at: 0)
                return
            }
            kept += isAsked ? 0 : 1
            keepTraces(of: entry.checkpoint)
            for file in manifest.files { needed.insert(file.name) }
        } else if isNewer || entry.isPinned || kept < count && entry.state != .withdrawn {
            // What is left of a damaged one tells a person what happened; it goes when enough good
            // ones are newer. A withdrawn one has to stay until the attempt after it has completed
            // a checkpoint: before, sinks may still have to withdraw.
            keepTraces(of: entry.checkpoint)
        } else {
            dropped.insert(entry.checkpoint, at: 0)
        }
    }

    private mutating func keepTraces(of checkpoint: CheckpointID) {
        needed.insert(CheckpointNames.manifest(checkpoint))
        needed.insert(CheckpointNames.completion(checkpoint))
        needed.insert(CheckpointNames.withdrawal(checkpoint))
    }
}
