import ArgumentParser
import Weir
import WeirCore
import WeirData
import WeirSnapshot

/// `weir checkpoint show SNAPSHOT`.
struct CheckpointShowVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows what a checkpoint consists of.",
        discussion: "weir checkpoint show /var/lib/flights/checkpoints/chk-7"
    )

    @Argument(help: "A checkpoint, or a job's --data directory for its newest one.")
    var snapshot: String
    @OptionGroup var options: OutputOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let location = try CheckpointVerb.location(snapshot, console.world)
        let manifest = try location.store.load(try checkpoint(location))
        try console.print(
            Document(
                facts: facts(manifest),
                listName: "operators",
                columns: [
                    "operator", "id", "parallelism", "states", "segments", "images", "in flight",
                    "lists", "bytes",
                ],
                rows: manifest.operators.map(row)
            ),
            as: options.output
        )
        return 0
    }

    private func checkpoint(_ location: SnapshotLocation) throws(WeirError) -> CheckpointID {
        if let named = location.checkpoint { return named }
        if let newest = try location.store.list().first(where: { $0.state == .complete }) {
            return newest.checkpoint
        }
        throw WeirError(
            .noSnapshot,
            "No checkpoint at \(snapshot) is complete.",
            position: snapshot,
            fix: "See `weir checkpoint ls \(snapshot)`."
        )
    }

    private func facts(_ manifest: CheckpointManifest) -> [(String, Document.Cell)] {
        [
            ("job", .text(manifest.jobName)), ("job id", .text(manifest.jobID)),
            ("checkpoint", .integer(Int64(clamping: manifest.checkpoint.number))),
            ("attempt", .integer(Int64(clamping: manifest.attempt.number))),
            ("purpose", .text("\(manifest.purpose)")),
            ("unaligned", .boolean(manifest.isUnaligned)),
            ("triggered", .text(TemporalText.text(milliseconds: manifest.triggeredAt))),
            ("completed", .text(TemporalText.text(milliseconds: manifest.completedAt))),
            ("maximum parallelism", .integer(Int64(manifest.maxParallelism))),
            ("files", .integer(Int64(manifest.files.count + 1))),
            ("bytes", .integer(Int64(manifest.byteCount))),
        ]
    }

    private func row(_ part: OperatorSnapshot) -> [Document.Cell] {
        let subtasks = part.subtasks
        let bytes = subtasks.flatMap(\.files).reduce(Int64(0)) { $0 &+ Int64($1.size) }
        return [
            .text(part.name), .text(part.id.description), .integer(Int64(part.parallelism)),
            .text(part.states.map(\.name).joined(separator: ", ")),
            .integer(Int64(subtasks.reduce(0) { $0 + $1.segments.count })),
            .integer(Int64(subtasks.reduce(0) { $0 + ($1.image?.files.count ?? 0) })),
            .integer(Int64(subtasks.reduce(0) { $0 + $1.channels.count })),
            .text(Set(subtasks.flatMap(\.blobs).map(\.name)).sorted().joined(separator: ", ")),
            .integer(bytes),
        ]
    }
}
