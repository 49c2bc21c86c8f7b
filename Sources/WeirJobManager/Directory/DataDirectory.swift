import WeirCore
import WeirSnapshot

/// The directory of a job: its lock, the number of its runs, its checkpoints.
///
/// ```
/// lock            held while a process runs the job
/// attempt         the number of the last run, in decimal
/// job             the job's id; another one if it is lost
/// completed       there once a checkpoint was completed
/// given-up        names of operators whose state was given up by --drop-state
/// checkpoints/    the FileStore of snapshots
/// fallback/       a FileStore with the copy of one snapshot that shares no file with these
/// set-aside/      the checkpoints before a fresh start that has none of its own yet
/// work/           images and segments of the present run; worthless after it
/// .leader-N/      what leader N is about to give its name, where job managers lead by a lease
/// ```
public struct DataDirectory: Sendable {
    /// Where it is.
    public let path: String
    /// The job whose directory it is.
    public let jobID: JobID
    /// Whether it outlives the run.
    let isLasting: Bool
    let world: any World
    private let lock: any FileLock
    /// Where the leader makes what it gives a name then; nil: beside it.
    private let staging: String?

    /// Takes a directory over; one that is not `isLasting` need not survive a power cut.
    ///
    /// The job is the one that the directory is said to be of with `id`; without, what it says itself, or
    /// a new one. With `mayBeWrittenTo`, tasks that outlived their job manager may be storing checkpoints:
    /// what is unfinished stays. A `leader` by a lease shares the directory with those before it, which
    /// may not know that they lead no more: what they were about to give a name is removed first.
    /// - Throws: `dataDirectoryInUse` if a live process has it; file errors.
    public init(
        _ path: String,
        isLasting: Bool,
        id: JobID? = nil,
        mayBeWrittenTo: Bool = false,
        leader: LeaderEpoch? = nil,
        world: any World
    ) throws(WeirError) {
        self.path = path
        self.world = world
        self.isLasting = isLasting
        if isLasting {
            try DataDirectory.make(path, world.files)
        } else {
            try world.files.makeDirectory(path)
        }
        let kind: FileLockKind = leader == nil ? .exclusive : .shared
        guard let lock = try world.files.lock(path + "/lock", kind) else {
            throw WeirError(
                .dataDirectoryInUse,
                "\(path) is in use by another process.",
                reason: "A job runs in one process at a time.",
                fix: "Stop the other process, or choose another --data directory."
            )
        }
        self.lock = lock
        staging = try leader.map { leader throws(WeirError) in
            try DataDirectory.takeOver(path, leader, world.files)
        }
        jobID =
            isLasting
            ? try DataDirectory.readOrDrawID(path + "/job", id, staging, world)
            : JobID(world.random)
        try world.files.makeDirectory(path + "/checkpoints")
        try world.files.makeDirectory(path + "/fallback")
        if isLasting { try world.files.synchronizeDirectory(path) }
        if !mayBeWrittenTo { try removeUnfinished() }
        try world.files.removeTree(path + "/work")
        try world.files.makeDirectory(path + "/work")
    }

    /// Removes what a process that is no more began to store; only while no task stores.
    func removeUnfinished() throws(WeirError) {
        for name in ["checkpoints", "fallback"] {
            try LocalFileStore(world: world, directory: path + "/" + name).removeUnfinished()
        }
    }

    /// Removes what former leaders were about to give a name, and makes this leader's place for it.
    ///
    /// A leader that was frozen in the very call that gives a name finds nothing to name when it wakes:
    /// what this leader reads from now on does not change behind its back.
    private static func takeOver(
        _ path: String,
        _ leader: LeaderEpoch,
        _ files: any FileSystem
    ) throws(WeirError) -> String {
        let own = stagingPrefix + leader.description
        for name in try files.list(path) where name.hasPrefix(stagingPrefix) && name != own {
            do throws(WeirError) {
                try files.removeTree(path + "/" + name)
            } catch  where error.code == .fileFailed {
                // A leader that wakes may have put one last file there; it does so once.
                try files.removeTree(path + "/" + name)
            }
        }
        try files.makeDirectory(path + "/" + own)
        return path + "/" + own
    }

    private static let stagingPrefix = ".leader-"

    /// Replaces a file of the directory as a whole.
    func replace(_ name: String, with text: String) throws(WeirError) {
        try Self.replace(path + "/" + name, with: text, staging, world.files)
    }

    private static func replace(
        _ file: String,
        with text: String,
        _ staging: String?,
        _ files: any FileSystem
    ) throws(WeirError) {
        let name = file.split(separator: "/").last ?? ""
        try files.replaceAll(file, with: Array(text.utf8), through: staging.map { "\($0)/\(name)" })
    }

    /// Makes a directory such that its name, and the names of those above it, survive a power cut.
    ///
    /// An earlier process may have made them and ended before they had reached the disk; but once it
    /// has written down a run's number they have.
    private static func make(_ path: String, _ files: any FileSystem) throws(WeirError) {
        if try files.status(path + "/attempt") != nil { return }
        var missing: Set<String> = []
        var place = path
        while try files.status(place) == nil {
            missing.insert(place)
            place = files.directory(of: place)
        }
        try files.makeDirectory(path)
        place = path
        while place != "/", place != "." {
            let above = files.directory(of: place)
            do throws(WeirError) {
                try files.synchronizeDirectory(above)
            } catch {
                // A directory that was there before may be closed to this user.
                if missing.contains(place) { throw error }
            }
            place = above
        }
    }

    private static func readOrDrawID(
        _ file: String,
        _ wanted: JobID?,
        _ staging: String?,
        _ world: any World
    ) throws(WeirError) -> JobID {
        if try world.files.status(file) != nil {
            let bytes = try world.files.readAll(file, limit: 1 << 10)
            let text = String(decoding: bytes, as: UTF8.self)
            if let id = JobID(text.filter { !$0.isWhitespace }), id == wanted ?? id { return id }
        }
        let id = wanted ?? JobID(world.random)
        try replace(file, with: "\(id)\n", staging, world.files)
        return id
    }

    /// Where snapshots are kept.
    public var store: LocalFileStore {
        LocalFileStore(world: world, directory: path + "/checkpoints", writing: staging)
    }

    /// The copy of a checkpoint that shares no file with the others.
    var fallback: FallbackCopy {
        FallbackCopy(
            of: CheckpointStore(store),
            in: CheckpointStore(
                LocalFileStore(world: world, directory: path + "/fallback", writing: staging)
            )
        )
    }

    /// Gives the copy up: nothing in it is to be used.
    func removeFallback() throws(WeirError) {
        try world.files.removeTree(path + "/fallback")
        try world.files.makeDirectory(path + "/fallback")
    }

    /// Files of the present run.
    var work: String { path + "/work" }

    /// The number of the next run, higher than one that is known; written down before it is used.
    package func nextAttempt(after known: Attempt) throws(WeirError) -> Attempt {
        let next = Attempt(max(known.number, try lastAttempt().number) + 1)
        try replace("attempt", with: "\(next)\n")
        return next
    }

    /// The number of the last run, as it is written down; 0 if it is not.
    package func lastAttempt() throws(WeirError) -> Attempt {
        let file = path + "/attempt"
        guard try world.files.status(file) != nil else { return Attempt(0) }
        let text = String(decoding: try world.files.readAll(file), as: UTF8.self)
        let told = Attempt(UInt64(text.filter { !$0.isWhitespace }) ?? 0)
        // What cannot be a number of attempts tells nothing, and leaves no room for the next one.
        return told <= .highest ? told : Attempt(0)
    }

    /// Whether a checkpoint was ever completed here, also if none is left.
    func hasCompleted() throws(WeirError) -> Bool {
        try world.files.status(completedMark) != nil
    }

    /// Notes that a checkpoint was completed, unless that is known.
    ///
    /// - Throws: `diskFull`, `fileFailed`; then it is not known, and the next one may be noted.
    func noteCompleted() throws(WeirError) {
        if try hasCompleted() { return }
        try replace("completed", with: "a checkpoint was completed\n")
    }

    var completedMark: String { path + "/completed" }

    /// Gives the directory up.
    func release() { lock.release() }
}
