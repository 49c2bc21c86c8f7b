import ArgumentParser
import Weir
import WeirCore
import WeirREST

/// `weir list`.
struct ListVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the jobs of a cluster.",
        discussion: """
            weir list
            weir list --all --output csv
            """
    )

    @Flag(help: "Also those that have ended.")
    var all = false
    @OptionGroup var server: ServerOption
    @OptionGroup var options: OutputOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let client = try server.client(console)
        let jobs = try client.rest.get("/jobs/overview")["jobs"]?.elements ?? []
        let shown = jobs.filter { all || !ClusterClient.isTerminal($0["state"]?.text ?? "") }
        try console.print(
            Document(
                columns: ["job id", "name", "state", "started", "seconds", "tasks", "running"],
                rows: shown.map { job in
                    [
                        .text(job["jid"]?.text ?? ""), .text(job["name"]?.text ?? ""),
                        .text(job["state"]?.text ?? ""), .time(job["start-time"]),
                        .integer((job["duration"]?.integer ?? 0) / 1000),
                        .number(job["tasks"]?["total"]), .number(job["tasks"]?["running"]),
                    ]
                }
            ),
            as: options.output
        )
        return 0
    }
}
