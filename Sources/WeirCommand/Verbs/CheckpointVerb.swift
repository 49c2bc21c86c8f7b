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
        try SnapshotLocation(path, world: world)
    }

    /// The store of a job's fallback copy, if the path is a job's directory and has one.
    static func fallback(_ path: String, _ world: any World) throws(WeirError) -> CheckpointStore? {
        let inner = path.hasSuffix("/") ? path + "fallback" : path + "/fallback"
        guard try world.files.status(inner)?.isDirectory == true else { return nil }
        return CheckpointStore(LocalFileStore(world: world, directory: inner))
    }
}

/// `weir checkpoint ls DIR|JOBID`.
struct CheckpointListVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "Lists the checkpoints of a job, newest first.",
        discussion: """
            weir checkpoint ls /var/lib/flights
            weir checkpoint ls 5f0c2a9b7d3e4c1f8a6b0d2e4f6a8c0e

            Of a job of a cluster, the last ones are listed, as its job manager knows them.

            States: complete; damaged, which `weir checkpoint fsck` explains; manifestMissing: it \
            was complete and lost its manifest; withdrawn: the job went back before it; retired: \
            retention gave it up, and newer ones still use files of it; unfinished: it was \
            aborted, or is under way.
            """
    )

    @Argument(help: "The job's --data directory, or its checkpoints; or the id of a cluster's job.")
    var directory: String
    @OptionGroup var server: ServerOption
    @OptionGroup var options: OutputOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        if let job = JobID(directory), try console.world.files.status(directory) == nil {
            let client = try server.client(console)
            try console.print(ClusterCheckpoints.document(of: job, client), as: options.output)
            return 0
        }
        let store = try CheckpointVerb.location(directory, console.world).store
        var entries: [(entry: CheckpointEntry, manifest: CheckpointManifest?)] = []
        for entry in try store.list() { entries.append((entry, try manifest(entry, store))) }
        let used = Set(
            entries.compactMap(\.manifest).flatMap(\.files)
                .compactMap { CheckpointNames.checkpoint(of: $0.name) }
        )
        let rows = entries.map { entry, manifest in
            row(entry, manifest, isUsed: used.contains(entry.checkpoint))
        }
        try console.print(
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
        _ manifest: CheckpointManifest?,
        isUsed: Bool
    ) -> [Document.Cell] {
        let id = Document.Cell.integer(Int64(clamping: entry.checkpoint.number))
        guard let manifest else {
            return [
                id, .text(stateWithoutManifest(entry, isUsed: isUsed)), .none, .none, .none, .none,
                .none, .boolean(entry.isPinned),
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

    /// The state of a checkpoint whose manifest is not there, or cannot be read.
    ///
    /// A file is used again only after a checkpoint with it completed: one whose files others use was
    /// complete before retention took its manifest.
    private func stateWithoutManifest(_ entry: CheckpointEntry, isUsed: Bool) -> String {
        switch entry.state {
        case .complete: "damaged"
        case .unfinished where isUsed: "retired"
        case .unfinished, .withdrawn, .manifestMissing: entry.state.rawValue
        }
    }
}

/// `weir checkpoint fsck SNAPSHOT`.
struct CheckpointCheckVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "fsck",
        abstract: "Reads every byte of a checkpoint, or of all of a job, and names what is wrong.",
        discussion: """
            weir checkpoint fsck /var/lib/flights/checkpoints/chk-7

            Of a job's directory, the fallback copy is checked as well. Ends with 1 if something is wrong.
            """
    )

    @Argument(help: "A checkpoint, or a job's --data directory for all of its checkpoints.")
    var snapshot: String
    @OptionGroup var options: OutputOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let location = try CheckpointVerb.location(snapshot, console.world)
        var reports: [(report: SnapshotReport, place: String)] = []
        for checkpoint in try checkpoints(location) {
            reports.append((try location.store.verify(checkpoint), "checkpoints"))
        }
        if let copies = try CheckpointVerb.fallback(snapshot, console.world) {
            for checkpoint in try complete(in: copies) {
                reports.append((try copies.verify(checkpoint), "fallback"))
            }
        }
        try console.print(
            Document(
                columns: ["checkpoint", "sound", "files", "bytes", "file", "problem", "place"],
                rows: reports.flatMap { rows($0.report, $0.place) }
            ),
            as: options.output
        )
        return reports.allSatisfy(\.report.isSound) ? 0 : 1
    }

    /// One row if nothing is wrong, else one for each problem.
    private func rows(_ report: SnapshotReport, _ place: String) -> [[Document.Cell]] {
        let facts: [Document.Cell] = [
            .integer(Int64(clamping: report.checkpoint.number)), .boolean(report.isSound),
            .integer(Int64(report.fileCount)), .integer(Int64(report.byteCount)),
        ]
        if report.isSound { return [facts + [.none, .none, .text(place)]] }
        return report.problems.map {
            facts + [
                .text($0.file), .text($0.error.message + " " + $0.error.reason), .text(place),
            ]
        }
    }

    /// The one that was named, or all that claim to be complete.
    private func checkpoints(_ location: SnapshotLocation) throws(WeirError) -> [CheckpointID] {
        if let named = location.checkpoint { return [named] }
        return try complete(in: location.store)
    }

    private func complete(in store: CheckpointStore) throws(WeirError) -> [CheckpointID] {
        try store.list()
            .filter { $0.state == .complete || $0.state == .manifestMissing }
            .map(\.checkpoint)
    }
}
