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
    var checkpoints: CheckpointStore { CheckpointStore(directory.store) }

    private func startOver() throws(WeirError) {
        try directory.world.files.removeTree(directory.path + "/checkpoints")
        try directory.world.files.makeDirectory(directory.path + "/checkpoints")
    }

    /// What the next attempt starts from: the newest good checkpoint of the directory; where there is
    /// none, the snapshot that was asked for; or nothing.
    func choose(
        attempt: Attempt,
        notice: (String) -> Void
    ) throws(WeirError) -> (manifest: CheckpointManifest, store: any FileStore)? {
        let choice = try checkpoints.newestRestorable(.checksums)
        if let choice {
            for skipped in choice.skipped {
                for problem in skipped.problems {
                    notice("checkpoint \(skipped.checkpoint) is damaged: \(problem)")
                }
            }
            if !choice.completedAfter.isEmpty {
                notice(
                    "going back to checkpoint \(choice.manifest.checkpoint); what was committed for "
                        + "\(choice.completedAfter.map(\.description).joined(separator: ", ")) "
                        + "is withdrawn"
                )
                try checkpoints.withdraw(after: choice.manifest.checkpoint, attempt: attempt)
            }
            return (choice.manifest, directory.store)
        }
        guard let snapshot = options.snapshot else { return nil }
        let location = try SnapshotLocation(snapshot, world: directory.world)
        let manifest: CheckpointManifest
        if let checkpoint = location.checkpoint {
            manifest = try location.store.restore(checkpoint, .checksums).manifest
        } else if let newest = try location.store.newestRestorable(.checksums) {
            manifest = newest.manifest
        } else {
            throw WeirError(
                .noSnapshot,
                "There is no snapshot in \(snapshot).",
                fix: "`weir checkpoint ls \(snapshot)` lists what is there."
            )
        }
        return (manifest, location.store.files)
    }
}
