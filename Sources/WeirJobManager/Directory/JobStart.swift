import WeirCore
import WeirSnapshot

/// Decides what a run starts from, and prepares its directory.
public struct JobStart: Sendable {
    let directory: DataDirectory
    let options: JobOptions

    /// Prepares a directory: a fresh start sets its checkpoints aside.
    ///
    /// - Throws: file errors.
    public init(directory: DataDirectory, options: JobOptions) throws(WeirError) {
        self.directory = directory
        self.options = options
        if options.isFresh { try directory.setAside() } else { try directory.bringBack() }
    }

    /// The checkpoints of the directory.
    var checkpoints: CheckpointStore {
        let threads = directory.world.threads
        return CheckpointStore(directory.store) { threads.background($0) }
    }

    /// The highest id that a checkpoint of this job ever had here.
    func highestID() throws(WeirError) -> CheckpointID {
        max(try checkpoints.highestID(), try directory.fallback.copies.highestID())
    }

    /// The newest checkpoint whose manifest is stored; nil if there is none.
    ///
    /// - Throws: `corruptSnapshot` and others if the manifest is damaged or lost.
    func newestCompleted() throws(WeirError) -> CheckpointManifest? {
        let entries = try checkpoints.list()
        let newest = entries.first { $0.state == .complete || $0.state == .manifestMissing }
        guard let newest else { return nil }
        return try checkpoints.load(newest.checkpoint)
    }

    /// The number of the next attempt: higher than that of any checkpoint here, also if the file that
    /// tells the last one is lost.
    func nextAttempt() throws(WeirError) -> Attempt {
        var highest = Attempt(0)
        for entry in try checkpoints.list() where entry.state == .complete {
            do throws(WeirError) {
                highest = max(highest, try checkpoints.load(entry.checkpoint).attempt)
            } catch let error where error.isDamage {
                // It is named when what to start from is chosen.
            }
        }
        return try directory.nextAttempt(after: highest)
    }

    /// What a person's snapshot is to this directory.
    private enum Origin {
        /// This checkpoint of it; nil: its newest.
        case own(CheckpointID?)
        case other(SnapshotLocation)
    }

    /// Decides what the next attempt starts from; nil: from nothing.
    ///
    /// The newest good checkpoint of the directory; where it has none, the snapshot that was asked
    /// for. A snapshot of the directory itself is gone back to, once: what came after it is withdrawn.
    func choose(
        isFirstAttempt: Bool,
        attempt: Attempt,
        verification: SnapshotVerification = .checksums,
        notice: (String) -> Void
    ) throws(WeirError) -> CheckpointManifest? {
        guard let snapshot = options.snapshot, isFirstAttempt else {
            return try newest(verification, attempt: attempt, notice: notice)
        }
        switch try origin(of: snapshot) {
        case .own(let own?):
            let choice = try checkpoints.restore(own, .checksums)
            try goBack(to: choice, attempt: attempt, notice: notice)
            return choice.manifest
        case .own(nil): return try newest(attempt: attempt, notice: notice)
        case .other(let location):
            return try start(from: location, snapshot, attempt: attempt, notice: notice)
        }
    }

    /// Own checkpoints go before a snapshot of another directory, unless none of them is whole.
    private func start(
        from location: SnapshotLocation,
        _ snapshot: String,
        attempt: Attempt,
        notice: (String) -> Void
    ) throws(WeirError) -> CheckpointManifest {
        let newest: CheckpointManifest?
        do throws(WeirError) {
            newest = try self.newest(attempt: attempt, notice: notice)
        } catch let lost where lost.code == .noSnapshot {
            notice("\(lost)\n  they are given up for \(snapshot), since --from names it")
            return try giveUpOwn(for: location, snapshot, attempt: attempt, notice: notice)
        }
        guard let newest else {
            return try bring(try sound(location, snapshot), from: location, attempt: attempt)
        }
        notice("\(snapshot) is not used: \(directory.path) has checkpoints, and its own go first")
        return newest
    }

    /// Starts from another snapshot although there were own checkpoints, none of which is whole; those
    /// after it are withdrawn.
    private func giveUpOwn(
        for location: SnapshotLocation,
        _ snapshot: String,
        attempt: Attempt,
        notice: (String) -> Void
    ) throws(WeirError) -> CheckpointManifest {
        let found = try sound(location, snapshot)
        // Not before it is known that there is something else; what is damaged in the copy must not
        // become part of the next one.
        try directory.removeFallback()
        let manifest = try bring(found, from: location, attempt: attempt)
        try goBack(
            to: try checkpoints.restore(manifest.checkpoint, .sizes),
            attempt: attempt,
            notice: notice
        )
        return manifest
    }

    private func newest(
        _ verification: SnapshotVerification = .checksums,
        attempt: Attempt,
        notice: (String) -> Void
    ) throws(WeirError) -> CheckpointManifest? {
        guard
            let choice = try checkpoints.newestRestorable(verification, or: directory.fallback)
        else {
            guard try directory.hasCompleted() else { return nil }
            throw WeirError(
                .noSnapshot,
                "No checkpoint is left in \(directory.path), which had some.",
                reason: "\(directory.path)/checkpoints and /fallback are empty.",
                fix: "Bring them back from a backup, start from a checkpoint of another directory "
                    + "with --from, or with --fresh, which gives up all state."
            )
        }
        for skipped in choice.skipped {
            for problem in skipped.problems {
                notice("checkpoint \(skipped.checkpoint) is damaged: \(problem)")
            }
        }
        if choice.isBroughtBack {
            notice(
                "no checkpoint in \(directory.path)/checkpoints is whole: checkpoint "
                    + "\(choice.manifest.checkpoint) is brought back from \(directory.path)/fallback"
            )
        }
        try goBack(to: choice, attempt: attempt, notice: notice)
        return choice.manifest
    }

    private func goBack(
        to choice: RestoreChoice,
        attempt: Attempt,
        notice: (String) -> Void
    ) throws(WeirError) {
        // Also if nothing came after it here: a copy of what did must not come back.
        try directory.fallback.copies.withdraw(
            after: choice.manifest.checkpoint,
            attempt: attempt
        )
        guard !choice.completedAfter.isEmpty else { return }
        notice(
            "going back to checkpoint \(choice.manifest.checkpoint); what was committed for "
                + "\(choice.completedAfter.map(\.description).joined(separator: ", ")) "
                + "is withdrawn"
        )
        try checkpoints.withdraw(after: choice.manifest.checkpoint, attempt: attempt)
    }

    /// Finds out whether a path leads into this directory, however it is written.
    private func origin(of snapshot: String) throws(WeirError) -> Origin {
        let location = try SnapshotLocation(snapshot, world: directory.world)
        let files = directory.world.files
        guard let named = try files.status(location.directory),
            let own = try files.status(directory.path + "/checkpoints"), named.isSameFile(as: own)
        else { return .other(location) }
        return .own(location.checkpoint)
    }

    /// Makes a snapshot of another directory one of this one.
    ///
    /// Its files are linked where that is possible: later checkpoints name them as their own.
    private func bring(
        _ found: CheckpointManifest,
        from location: SnapshotLocation,
        attempt: Attempt
    ) throws(WeirError) -> CheckpointManifest {
        var manifest = found
        manifest.attempt = attempt
        manifest.purpose = .checkpoint
        let scratch = directory.work + "/brought"
        let files = directory.world.files
        try files.removeTree(scratch)
        try files.makeDirectory(scratch)
        try checkpoints.bring(manifest, from: location.store.files, through: scratch)
        try files.removeTree(scratch)
        return manifest
    }

    private func sound(
        _ location: SnapshotLocation,
        _ snapshot: String
    ) throws(WeirError) -> CheckpointManifest {
        if let checkpoint = location.checkpoint {
            return try location.store.restore(checkpoint, .checksums).manifest
        }
        guard let newest = try location.store.newestRestorable(.checksums) else {
            throw WeirError(
                .noSnapshot,
                "There is no good snapshot in \(snapshot).",
                fix: "`weir checkpoint ls \(snapshot)` lists what is there."
            )
        }
        return newest.manifest
    }
}
