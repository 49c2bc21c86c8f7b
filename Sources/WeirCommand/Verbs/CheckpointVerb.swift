import ArgumentParser
import Weir
import WeirCore
import WeirData
import WeirSnapshot

/// `weir checkpoint`: looks at snapshots without the job.
struct CheckpointVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Lists, shows and checks checkpoints.",
        discussion: """
            weir checkpoint ls /var/lib/flights
            weir checkpoint show /var/lib/flights/checkpoints/chk-7
            weir checkpoint fsck /var/lib/flights
            """,
        subcommands: [CheckpointListVerb.self, CheckpointShowVerb.self, CheckpointCheckVerb.self]
    )

    /// What a path given by a person means: a job's directory, or something inside of it.
    static func location(_ path: String, _ world: any World) throws(WeirError) -> SnapshotLocation {
        let inner = path.hasSuffix("/") ? path + "checkpoints" : path + "/checkpoints"
        let isJob = try world.files.status(inner)?.isDirectory ?? false
        return try SnapshotLocation(isJob ? inner : path, world: world)
    }
}

/// `weir checkpoint ls DIR`.
struct CheckpointListVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "Lists the checkpoints of a job, newest first.",
        discussion: "weir checkpoint ls /var/lib/flights"
    )

    @Argument(help: "The job's --data directory, or its checkpoints.")
    var directory: String
    @OptionGroup var options: OutputOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let store = try CheckpointVerb.location(directory, console.world).store
        var rows: [[Document.Cell]] = []
        for entry in try store.list() {
            rows.append(row(entry, try manifest(entry, store)))
        }
        console.print(
            Document(
                columns: [
                    "checkpoint", "state", "purpose", "completed", "milliseconds", "files",
                    "bytes", "pinned",
                ],
                rows: rows
            ),
            as: options.output
        )
        return 0
    }

    /// The manifest of a complete checkpoint; nil if it is damaged, which `fsck` explains.
    private func manifest(
        _ entry: CheckpointEntry,
        _ store: CheckpointStore
    ) throws(WeirError) -> CheckpointManifest? {
        guard entry.state == .complete || entry.state == .withdrawn else { return nil }
        do throws(WeirError) {
            return try store.load(entry.checkpoint)
        } catch let error where error.kind == .corruption {
            return nil
        }
    }

    private func row(
        _ entry: CheckpointEntry,
        _ manifest: CheckpointManifest?
    ) -> [Document.Cell] {
        let id = Document.Cell.integer(Int64(clamping: entry.checkpoint.number))
        guard let manifest else {
            let state = entry.state == .complete ? "damaged" : entry.state.rawValue
            return [
                id, .text(state), .none, .none, .none, .none, .none, .boolean(entry.isPinned),
            ]
        }
        return [
            id, .text(entry.state.rawValue), .text("\(manifest.purpose)"),
            .text(TemporalText.text(milliseconds: manifest.completedAt)),
            .integer(manifest.completedAt - manifest.triggeredAt),
            .integer(Int64(manifest.files.count + 1)), .integer(Int64(manifest.byteCount)),
            .boolean(entry.isPinned),
        ]
    }
}

/// `weir checkpoint fsck SNAPSHOT`.
struct CheckpointCheckVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "fsck",
        abstract: "Reads every byte of a checkpoint, or of all of a job, and names what is wrong.",
        discussion: """
            weir checkpoint fsck /var/lib/flights/checkpoints/chk-7

            Ends with 1 if something is wrong.
            """
    )

    @Argument(help: "A checkpoint, or a job's --data directory for all of its checkpoints.")
    var snapshot: String
    @OptionGroup var options: OutputOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let location = try CheckpointVerb.location(snapshot, console.world)
        var rows: [[Document.Cell]] = []
        var isSound = true
        for checkpoint in try checkpoints(location) {
            let report = try location.store.verify(checkpoint)
            let id = Document.Cell.integer(Int64(clamping: checkpoint.number))
            if report.isSound {
                rows.append([
                    id, .boolean(true), .integer(Int64(report.fileCount)),
                    .integer(Int64(report.byteCount)), .none, .none,
                ])
            }
            for problem in report.problems {
                isSound = false
                rows.append([
                    id, .boolean(false), .integer(Int64(report.fileCount)),
                    .integer(Int64(report.byteCount)), .text(problem.file),
                    .text(problem.error.message + " " + problem.error.reason),
                ])
            }
        }
        console.print(
            Document(
                columns: ["checkpoint", "sound", "files", "bytes", "file", "problem"],
                rows: rows
            ),
            as: options.output
        )
        return isSound ? 0 : 1
    }

    /// The one that was named, or all that claim to be complete.
    private func checkpoints(_ location: SnapshotLocation) throws(WeirError) -> [CheckpointID] {
        if let named = location.checkpoint { return [named] }
        return try location.store.list()
            .filter { $0.state == .complete || $0.state == .manifestMissing }
            .map(\.checkpoint)
    }
}
