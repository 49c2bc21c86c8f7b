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
        try directory.world.files.removeTree(directory.path + "/checkpoints")
        try directory.world.files.makeDirectory(directory.path + "/checkpoints")
    }

    /// What an attempt starts from, and the store that contains it.
    typealias Choice = (manifest: CheckpointManifest, store: any FileStore)

    /// Decides what the next attempt starts from; nil: from nothing.
    ///
    /// The newest good checkpoint of the directory; where it has none, the snapshot that was asked
    /// for. A snapshot of the directory itself is gone back to, once: what came after it is withdrawn.
    func choose(
        isFirstAttempt: Bool,
        attempt: Attempt,
        notice: (String) -> Void
    ) throws(WeirError) -> Choice? {
        guard let snapshot = options.snapshot else {
            return try newest(attempt: attempt, notice: notice)
        }
        if let own = try ownCheckpoint(snapshot), isFirstAttempt {
            let choice = try checkpoints.restore(own, .checksums)
            try goBack(to: choice, attempt: attempt, notice: notice)
            return (choice.manifest, directory.store)
        }
        if let newest = try newest(attempt: attempt, notice: notice) {
            if isFirstAttempt, try ownCheckpoint(snapshot) == nil {
                notice(
                    "going on from checkpoint \(newest.manifest.checkpoint) of "
                        + "\(directory.path), not from \(snapshot): its own go first"
                )
            }
            return newest
        }
        return try choose(snapshot)
    }

    private func newest(
        attempt: Attempt,
        notice: (String) -> Void
    ) throws(WeirError) -> Choice? {
        guard let choice = try checkpoints.newestRestorable(.checksums) else { return nil }
        for skipped in choice.skipped {
            for problem in skipped.problems {
                notice("checkpoint \(skipped.checkpoint) is damaged: \(problem)")
            }
        }
        try goBack(to: choice, attempt: attempt, notice: notice)
        return (choice.manifest, directory.store)
    }

    private func goBack(
        to choice: RestoreChoice,
        attempt: Attempt,
        notice: (String) -> Void
    ) throws(WeirError) {
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

    private func choose(_ snapshot: String) throws(WeirError) -> Choice {
        let location = try SnapshotLocation(snapshot, world: directory.world)
        if let checkpoint = location.checkpoint {
            let manifest = try location.store.restore(checkpoint, .checksums).manifest
            return (manifest, location.store.files)
        }
        guard let newest = try location.store.newestRestorable(.checksums) else {
            throw WeirError(
                .noSnapshot,
                "There is no good snapshot in \(snapshot).",
                fix: "`weir checkpoint ls \(snapshot)` lists what is there."
            )
        }
        return (newest.manifest, location.store.files)
    }
}
