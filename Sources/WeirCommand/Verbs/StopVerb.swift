import ArgumentParser
import Weir
import WeirCore
import WeirREST

/// `weir stop JOBID`.
struct StopVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Ends a job with a snapshot to go on from, and prints where that is.",
        discussion: """
            weir stop 5f0c2a9b7d3e4c1f8a6b0d2e4f6a8c0e --to /data/savepoints
            weir stop 5f0c2a9b7d3e4c1f8a6b0d2e4f6a8c0e --drain

            With --drain, windows and timers fire as at the end of the input: results are complete, and \
            the job has nothing left to do.
            """
    )

    @Flag(help: "As if the input had ended.")
    var drain = false
    @OptionGroup var snapshot: SnapshotRequest

    func run(_ console: Console) throws(WeirError) -> Int32 {
        try snapshot.ask("stop", target: "targetDirectory", ["drain": .boolean(drain)], console)
    }
}

/// `weir savepoint JOBID`.
struct SavepointVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "savepoint",
        abstract: "Takes a snapshot of a running job that is kept, and prints where it is.",
        discussion: """
            weir savepoint 5f0c2a9b7d3e4c1f8a6b0d2e4f6a8c0e
            weir savepoint 5f0c2a9b7d3e4c1f8a6b0d2e4f6a8c0e --to /data/savepoints

            In a pipe, the place alone is printed; with --output json as an object.
            """
    )

    @OptionGroup var snapshot: SnapshotRequest

    func run(_ console: Console) throws(WeirError) -> Int32 {
        try snapshot.ask("savepoints", target: "target-directory", ["cancel-job": false], console)
    }
}

/// Of which job a snapshot is wanted, and where.
struct SnapshotRequest: ParsableArguments {
    @OptionGroup var job: JobArgument
    @Option(help: "A directory to copy the snapshot to; without, it stays with the job.")
    var to: String?
    @OptionGroup var server: ServerOption
    @OptionGroup var options: OutputOption

    /// Asks for it with `operation`, the end of the request's path, and `body`, in which `target` names
    /// the directory; waits, and prints where it is: the place alone, so that it can be used at once,
    /// unless asked else.
    func ask(
        _ operation: String,
        target: String,
        _ body: [String: JSONValue],
        _ console: Console
    ) throws(WeirError) -> Int32 {
        let client = try server.client(console)
        let id = try job.id()
        let done = try client.operation(
            "/jobs/\(id)/\(operation)",
            at: "/jobs/\(id)/savepoints",
            .object(body.merging([target: .text(orNull: to.map(client.absolute))]) { $1 })
        )
        let location = done["location"]?.text ?? ""
        if let format = options.output {
            try console.print(Document(facts: [("location", .text(location))]), as: format)
        } else {
            try console.world.processes.write(location + "\n", to: .output)
        }
        return 0
    }
}
