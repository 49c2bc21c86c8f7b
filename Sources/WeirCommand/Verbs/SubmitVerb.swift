import ArgumentParser
import Synchronization
import Weir
import WeirCore
import WeirREST

/// `weir submit JOB …`: hands a job to a cluster.
struct SubmitVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Hands a job to a cluster, and waits for its end.",
        discussion: """
            weir submit ./flights --parallelism 2 -- --input /data/flights --output /data/results
            weir submit ./flights --detach --from /data/savepoints/chk-12

            Prints the job's id on standard output, and nothing else there. With --detach it returns when \
            the job is taken in; without, Ctrl-C ends the waiting and not the job. A second submission \
            with the same --job-id is the same job: it starts nothing.

            Settings are those of `weir run`: weir.yaml, the environment, -D. If the job manager is on this \
            machine, relative paths in the job's arguments start here; else where its task managers were \
            started.

            Exit codes: 0 the job finished, or is taken in; 1 it failed or was cancelled; 2 wrong usage; 3 \
            refused; 4 the server cannot be reached; 130 interrupted.
            """
    )

    @Argument(help: "The job's executable.")
    var job: String
    @Option(help: "The job's name, for people.")
    var name: String?
    @Option(help: "The job's id, 32 hexadecimal digits; drawn if left out.")
    var jobID: String?
    @Option(help: "Parallel instances of each operator. Setting: parallelism.default.")
    var parallelism: Int?
    @Option(help: "A snapshot to start from.")
    var from: String?
    @Option(
        help: "Gives up state of the snapshot that the job has no operator for. May be repeated."
    )
    var dropState: [String] = []
    @Flag(help: "Does not wait for the end.")
    var detach = false
    @OptionGroup var definitions: DefinitionOption
    @OptionGroup var server: ServerOption
    @Argument(parsing: .postTerminator, help: "The job's own arguments, behind --.")
    var arguments: [String] = []

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let world = console.world
        let client = try server.client(console)
        let id = try jobID.map { text throws(WeirError) in try JobArgument.parse(text) }
        let configuration = try settings(world)
        guard let status = try world.files.status(job), !status.isDirectory else {
            throw WeirError(
                .usage,
                "There is no job at \(job).",
                position: job,
                fix:
                    "Name the executable of a job, such as ./flights; its own arguments come behind --."
            )
        }
        let interrupts = InterruptNote(world)
        let artifact = try ArtifactUploader(client: client).artifact(job)
        let answer = try client.rest.send(
            "POST",
            "/jars/\(PathText.encoded(artifact))/run",
            body(client, id, configuration)
        )
        guard let text = answer["jobid"]?.text, let started = JobID(text) else {
            throw client.unexpected("/jars/\(artifact)/run")
        }
        try world.processes.write("\(started)\n", to: .output)
        if detach { return 0 }
        interrupts.text = "job \(started) goes on; `weir cancel \(started)` ends it"
        return try wait(client, started)
    }

    private func wait(_ client: ClusterClient, _ id: JobID) throws(WeirError) -> Int32 {
        var watch = JobWatch(client, id)
        switch try watch.run() {
        case "FINISHED": return 0
        case "FAILED":
            if let failure = try client.failure(of: id) {
                client.world.processes.tell("\(failure)\n")
            }
            return 1
        default:
            client.world.processes.tell("job \(id) was cancelled\n")
            return 1
        }
    }

    private func body(
        _ client: ClusterClient,
        _ id: JobID?,
        _ configuration: [String: String]
    ) -> JSONValue {
        let isHere = client.rest.url.isLoopback
        return [
            "jobId": .text(orNull: id?.description),
            "programArgsList": .array(arguments.map { .text($0) }),
            "savepointPath": .text(orNull: from.map { isHere ? client.absolute($0) : $0 }),
            "flinkConfiguration": .texts(configuration),
            "jobName": .text(orNull: name),
            "workingDirectory": .text(
                orNull: isHere ? client.world.processes.workingDirectory : nil
            ),
            "droppedStates": .array(dropState.map { .text($0) }),
        ]
    }

    /// Settings that differ from their defaults, after all layers.
    private func settings(_ world: any World) throws(WeirError) -> [String: String] {
        var options = RunOptions()
        for (key, text) in try definitions.pairs() {
            options.definitions.append(
                RunOptions.Definition(
                    key: key,
                    text: text,
                    position: "-D \(key)=\(text)",
                    isVerbOption: false
                )
            )
        }
        if let parallelism {
            options.definitions.append(
                RunOptions.Definition(
                    key: "parallelism.default",
                    text: "\(parallelism)",
                    position: "--parallelism",
                    isVerbOption: true
                )
            )
        }
        let resolved = try options.resolveSettings(world: world)
        return resolved.origins.keys.reduce(into: [:]) { settings, key in
            settings[key] = SettingCatalogue.setting(key)?.show(resolved.settings)
        }
    }
}

/// What a person who interrupts is told.
private final class InterruptNote: Sendable {
    private let stored = Mutex("nothing was started")

    init(_ world: any World) {
        world.processes.onInterrupt { [self] in
            world.processes.tell("\n" + stored.withLock { $0 } + "\n")
            world.processes.exit(130)
        }
    }

    var text: String {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }
}
