import ArgumentParser
import Weir
import WeirCore
import WeirREST

/// `weir status JOBID`.
struct StatusVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows where a job and its tasks stand.",
        discussion: "weir status 5f0c2a9b7d3e4c1f8a6b0d2e4f6a8c0e"
    )

    @OptionGroup var job: JobArgument
    @OptionGroup var server: ServerOption
    @OptionGroup var options: OutputOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let client = try server.client(console)
        let id = try job.id()
        let details = try client.job(id)
        let checkpoints = try client.rest.get("/jobs/\(id)/checkpoints")
        let failure = try client.failure(of: id)
        try console.print(
            Document(
                facts: facts(details, checkpoints, failure),
                listName: "vertices",
                columns: [
                    "vertex", "parallelism", "state", "running", "rows in", "rows out", "busy ms",
                    "backpressured ms",
                ],
                rows: (details["vertices"]?.elements ?? []).map(row)
            ),
            as: options.output
        )
        return 0
    }

    private func facts(
        _ job: JSONNode,
        _ checkpoints: JSONNode,
        _ failure: WeirError?
    ) -> [(String, Document.Cell)] {
        let newest = checkpoints["latest"]?["completed"]
        return [
            ("job id", .text(job["jid"])), ("name", .text(job["name"])),
            ("state", .text(job["state"])), ("started", .time(job["start-time"])),
            ("ended", .time(job["end-time"])),
            ("seconds", .integer((job["duration"]?.integer ?? 0) / 1000)),
            ("checkpoints", .number(checkpoints["counts"]?["completed"])),
            ("failed checkpoints", .number(checkpoints["counts"]?["failed"])),
            ("restores", .number(checkpoints["counts"]?["restored"])),
            ("last checkpoint", .text(newest?["external_path"])),
            ("last savepoint", .text(checkpoints["latest"]?["savepoint"]?["external_path"])),
            ("last failure", failure.map { .text("\($0.code.id) \($0.message)") } ?? .none),
        ]
    }

    private func row(_ vertex: JSONNode) -> [Document.Cell] {
        let metrics = vertex["metrics"]
        return [
            .text(vertex["name"]), .number(vertex["parallelism"]), .text(vertex["status"]),
            .number(vertex["tasks"]?["RUNNING"]), .number(metrics?["read-records"]),
            .number(metrics?["write-records"]), .number(metrics?["accumulated-busy-time"]),
            .number(metrics?["accumulated-backpressured-time"]),
        ]
    }
}
