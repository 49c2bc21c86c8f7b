import WeirCore

/// A snapshot that a person named by a path: a job's directory, its checkpoints, or one of them.
public struct SnapshotLocation: Sendable {
    /// The store that contains it.
    public let store: CheckpointStore
    /// Which of the store's checkpoints; nil: not said, so the newest.
    public let checkpoint: CheckpointID?
    /// The store's directory.
    public let directory: String

    /// Finds what a path means: a job's directory, its `checkpoints`, `…/checkpoints/chk-7` or
    /// `…/chk-7/manifest`.
    ///
    /// - Throws: `noSnapshot` if there is no checkpoint, `fileFailed`.
    public init(_ path: String, world: any World) throws(WeirError) {
        var parts = path.split(separator: "/", omittingEmptySubsequences: true)
        if parts.last == "manifest" { parts.removeLast() }
        var named: CheckpointID?
        if let last = parts.last, let id = CheckpointNames.checkpoint(of: String(last)),
            CheckpointNames.directory(id) == last
        {
            named = id
            parts.removeLast()
        }
        let root = (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
        let place = root.isEmpty ? "." : root
        let inner = place == "/" ? "/checkpoints" : place + "/checkpoints"
        let isJob = try world.files.status(inner)?.isDirectory == true
        directory = named == nil && isJob ? inner : place
        store = CheckpointStore(LocalFileStore(world: world, directory: directory))
        checkpoint = named
        let ids = try store.list().map(\.checkpoint)
        guard named.map(ids.contains) ?? !ids.isEmpty else {
            throw WeirError(
                .noSnapshot,
                "There is no snapshot at \(path).",
                fix: "Name a job's directory, or one checkpoint such as DIR/checkpoints/chk-7."
            )
        }
    }
}
