import WeirCore

/// The directory of a job manager: its lock, its leaders' epochs, its jobs.
///
/// ```
/// lock            held while a job manager runs
/// leader          the epoch of the last leader, in decimal
/// jobs/ID/        the directory of a job (`DataDirectory`), with its record (`JobRecords`)
/// ```
///
/// Where several job managers share it, a lease says who leads: epoch and records are elsewhere, and the
/// lock keeps those out only who lead by the lock.
struct LeaderDirectory: Sendable {
    let path: String
    /// This leader's epoch: higher than that of any before.
    let epoch: LeaderEpoch
    /// What leaders write down of jobs.
    let records: any JobRecordStore
    /// Whether this is the leader, still.
    let fence: Fence
    /// Whether a lease says who leads.
    let isShared: Bool
    private let lock: any FileLock

    /// The directory of a leader by lease.
    init(_ path: String, _ leadership: Leadership, world: any World) throws(WeirError) {
        self.path = path
        epoch = leadership.epoch
        records = leadership.records
        fence = leadership.fence
        isShared = true
        lock = try Self.lock(path, .shared, world.files)
        try world.files.makeDirectory(path + "/jobs")
    }

    private static func lock(
        _ path: String,
        _ kind: FileLockKind,
        _ files: any FileSystem
    ) throws(WeirError) -> any FileLock {
        try files.makeDirectory(path)
        if let lock = try files.lock(path + "/lock", kind) { return lock }
        throw WeirError(
            .dataDirectoryInUse,
            "\(path) is in use by another job manager.",
            reason: "One leads at a time; several need --ha, all of them.",
            fix: "Stop it, or choose another --data directory."
        )
    }

    /// Takes a directory over and writes the new epoch down.
    init(_ path: String, world: any World) throws(WeirError) {
        let files = world.files
        self.path = path
        records = JobRecords(path + "/jobs", files: files)
        fence = .locked(world.clock)
        isShared = false
        lock = try Self.lock(path, .exclusive, files)
        var last: UInt64 = 0
        if try files.status(path + "/leader") != nil {
            let text = String(
                decoding: try files.readAll(path + "/leader", limit: 100),
                as: UTF8.self
            )
            // Far below what 64 bits hold: each further leader has a higher one.
            guard let number = UInt64(text.filter { !$0.isWhitespace }), number < 1 << 62 else {
                throw WeirError(
                    .corruptBytes,
                    "\(path)/leader does not hold a leader's epoch.",
                    fix: "Write a number into it that is higher than that of any leader before."
                )
            }
            last = number
        }
        epoch = LeaderEpoch(last + 1)
        try files.replaceAll(path + "/leader", with: Array("\(epoch)\n".utf8))
        try files.makeDirectory(path + "/jobs")
    }

    func job(_ id: JobID) -> String { path + "/jobs/\(id)" }

    func release() { lock.release() }
}
