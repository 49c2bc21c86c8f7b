import WeirCore
import WeirPlan
import WeirRuntime
import WeirSnapshot

/// Decides what a run starts from, and prepares its directory.
struct JobStart: Sendable {
    let directory: DataDirectory
    let options: EmbeddedEngine.Options
    let graph: JobGraph

    init(
        directory: DataDirectory,
        options: EmbeddedEngine.Options,
        graph: JobGraph
    ) throws(WeirError) {
        self.directory = directory
        self.options = options
        self.graph = graph
        if options.isFresh { try startOver() }
    }

    /// The checkpoints of the directory.
    var checkpoints: CheckpointStore {
        let threads = directory.world.threads
        return CheckpointStore(directory.store) { threads.background($0) }
    }

    private func startOver() throws(WeirError) {
        try directory.forgetCompleted()
        // The copy first: without checkpoints it would be brought back.
        for name in ["fallback", "checkpoints"] {
            try directory.world.files.removeTree(directory.path + "/" + name)
            try directory.world.files.makeDirectory(directory.path + "/" + name)
        }
    }

    /// The highest id that a checkpoint of this job ever had here.
    func highestID() throws(WeirError) -> CheckpointID {
        max(try checkpoints.highestID(), try directory.fallback.copies.highestID())
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

    /// Decides what the next attempt starts from; nil: from nothing.
    ///
    /// The newest good checkpoint of the directory; where it has none, the snapshot that was asked
    /// for. A snapshot of the directory itself is gone back to, once: what came after it is withdrawn.
    func choose(
        isFirstAttempt: Bool,
        attempt: Attempt,
        notice: (String) -> Void
    ) throws(WeirError) -> CheckpointManifest? {
        guard let snapshot = options.snapshot else {
            return try newest(attempt: attempt, notice: notice)
        }
        if let own = try ownCheckpoint(snapshot), isFirstAttempt {
            let choice = try checkpoints.restore(own, .checksums)
            try goBack(to: choice, attempt: attempt, notice: notice)
            return choice.manifest
        }
        if let newest = try newest(attempt: attempt, notice: notice) {
            if isFirstAttempt, try ownCheckpoint(snapshot) == nil {
                notice(
                    "going on from checkpoint \(newest.checkpoint) of "
                        + "\(directory.path), not from \(snapshot): its own go first"
                )
            }
            return newest
        }
        return try bring(snapshot, attempt: attempt)
    }

    private func newest(
        attempt: Attempt,
        notice: (String) -> Void
    ) throws(WeirError) -> CheckpointManifest? {
        guard
            let choice = try checkpoints.newestRestorable(.checksums, or: directory.fallback)
        else {
            guard try directory.hasCompleted() else { return nil }
            throw WeirError(
                .noSnapshot,
                "No checkpoint is left in \(directory.path), which had some.",
                reason: "\(directory.path)/checkpoints and /fallback are empty.",
                fix: "Bring them back from a backup, or start with --fresh, which gives up all "
                    + "state."
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

    /// The checkpoint that a path names, if it is one of this directory.
    private func ownCheckpoint(_ snapshot: String) throws(WeirError) -> CheckpointID? {
        let location = try SnapshotLocation(snapshot, world: directory.world)
        guard parts(of: location.directory) == parts(of: directory.path) + ["checkpoints"]
        else { return nil }
        return location.checkpoint
    }

    private func parts(of path: String) -> [Substring] {
        path.split(separator: "/").filter { $0 != "." }
    }

    /// Makes a snapshot of another directory one of this one.
    ///
    /// Its files are linked where that is possible: later checkpoints name them as their own.
    private func bring(
        _ snapshot: String,
        attempt: Attempt
    ) throws(WeirError) -> CheckpointManifest {
        let location = try SnapshotLocation(snapshot, world: directory.world)
        var manifest = try sound(location, snapshot)
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
