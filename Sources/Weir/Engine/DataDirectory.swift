import WeirCore
import WeirSnapshot

/// The directory of a job: its lock, the number of its runs, its checkpoints.
///
/// ```
/// lock            held while a process runs the job
/// attempt         the number of the last run, in decimal
/// checkpoints/    the FileStore of snapshots
/// work/           images and segments of the present run; worthless after it
/// ```
struct DataDirectory {
    let path: String
    let world: any World
    private let lock: any FileLock

    /// Takes a directory over.
    ///
    /// - Throws: `dataDirectoryInUse` if a live process has it; file errors.
    init(_ path: String, world: any World) throws(WeirError) {
        self.path = path
        self.world = world
        try world.files.makeDirectory(path)
        guard let lock = try world.files.lock(path + "/lock") else {
            throw WeirError(
                .dataDirectoryInUse,
                "\(path) is in use by another process.",
                reason: "A job runs in one process at a time.",
                fix: "Stop the other process, or choose another --data directory."
            )
        }
        self.lock = lock
        try world.files.makeDirectory(path + "/checkpoints")
        try world.files.removeTree(path + "/work")
        try world.files.makeDirectory(path + "/work")
    }

    /// Where snapshots are kept.
    var store: LocalFileStore { LocalFileStore(world: world, directory: path + "/checkpoints") }

    /// Files of the present run.
    var work: String { path + "/work" }

    /// The number of the next run, written down before it is used.
    func nextAttempt() throws(WeirError) -> Attempt {
        let file = path + "/attempt"
        var last: UInt64 = 0
        if try world.files.status(file) != nil {
            let text = String(decoding: try world.files.readAll(file), as: UTF8.self)
            last = UInt64(text.filter { !$0.isWhitespace }) ?? 0
        }
        try world.files.replaceAll(file, with: Array("\(last + 1)\n".utf8))
        return Attempt(last + 1)
    }

    /// Gives the directory up.
    func release() { lock.release() }
}
