import WeirCore

/// The directory of a task manager.
///
/// ```
/// lock                held while a task manager runs
/// tm.sock             its workers' way to it
/// workers/NUMBER/     a worker's own files, and its log; worthless after it
/// ```
struct NodeDirectory: Sendable {
    let path: String
    private let lock: any FileLock

    /// Takes a directory over; what workers of an earlier task manager left in it is removed.
    init(_ path: String, world: any World) throws(WeirError) {
        self.path = path
        try world.files.makeDirectory(path)
        guard let lock = try world.files.lock(path + "/lock", .exclusive) else {
            throw WeirError(
                .dataDirectoryInUse,
                "\(path) is in use by another task manager.",
                fix: "Stop it, or choose another --data directory."
            )
        }
        self.lock = lock
        try world.files.removeTree(path + "/workers")
        try world.files.makeDirectory(path + "/workers")
    }

    var socket: String { path + "/tm.sock" }

    func worker(_ number: UInt32) -> String { path + "/workers/\(number)" }

    func release() { lock.release() }
}
