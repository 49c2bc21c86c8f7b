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

    @OptionGroup var job: JobArgument
    @Flag(help: "As if the input had ended.")
    var drain = false
    @Option(help: "A directory to copy the snapshot to; without, it stays with the job.")
    var to: String?
    @OptionGroup var server: ServerOption
    @OptionGroup var options: OutputOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let client = try server.client(console)
        let id = try job.id()
        let done = try client.operation(
            "/jobs/\(id)/stop",
            at: "/jobs/\(id)/savepoints",
            [
                "targetDirectory": .text(orNull: to.map(client.absolute)),
                "drain": .boolean(drain),
            ]
        )
        return try SavepointVerb.print(done, console, options)
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

    @OptionGroup var job: JobArgument
    @Option(help: "A directory to copy the snapshot to; without, it stays with the job.")
    var to: String?
    @OptionGroup var server: ServerOption
    @OptionGroup var options: OutputOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let client = try server.client(console)
        let id = try job.id()
        let done = try client.operation(
            "/jobs/\(id)/savepoints",
            at: "/jobs/\(id)/savepoints",
            [
                "target-directory": .text(orNull: to.map(client.absolute)),
                "cancel-job": false,
            ]
        )
        return try Self.print(done, console, options)
    }

    /// Prints where a snapshot is: the place alone, so that it can be used at once, unless asked else.
    static func print(
        _ done: JSONNode,
        _ console: Console,
        _ options: OutputOption
    ) throws(WeirError) -> Int32 {
        let location = done["location"]?.text ?? ""
        if let format = options.output {
            try console.print(Document(facts: [("location", .text(location))]), as: format)
        } else {
            try console.world.processes.write(location + "\n", to: .output)
        }
        return 0
    }
}
