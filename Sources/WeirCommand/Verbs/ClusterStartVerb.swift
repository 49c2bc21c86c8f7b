import ArgumentParser
import Weir
import WeirCore
import WeirREST

/// `weir cluster start`.
struct ClusterStartVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Starts a cluster on this machine; returns when all slots are there.",
        discussion: """
            weir cluster start --taskmanagers 2 --slots 2
            weir cluster start --jobmanagers 2 --ha etcd://127.0.0.1:2379/weir

            A supervisor starts a job manager and task managers, and starts those again that end. What \
            they say is in the cluster's directory, with the token by which they know one another. Programs \
            of this machine may use the cluster; with --token-file or WEIR_TOKEN_FILE, those that know the \
            token. Started again after a stop, jobs that had not ended go on.

            Several job managers need an etcd, by which they agree who leads; each has the ports after \
            those of the one before. Clients are told all addresses.
            """
    )

    /// How long all of it may take to come up, in nanoseconds.
    private static let patience: Int64 = 60_000_000_000

    @OptionGroup var shape: ClusterShape
    @OptionGroup var options: OutputOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let world = console.world
        _ = try shape.plan(world)
        let token = try ClusterToken.given(file: shape.tokenFile, world)
        let cluster = try LocalCluster(shape.data, world: world)
        if try cluster.status() != nil {
            throw WeirError(
                .localCluster,
                "A cluster runs in \(cluster.directory) already.",
                fix: "Stop it with `weir cluster stop`, or choose another --data directory."
            )
        }
        try world.files.makeDirectory(cluster.directory)
        let logSize = try world.files.status(cluster.log)?.size ?? 0
        let process = try world.processes.spawn(
            ChildProgram(
                world.processes.executablePath,
                arguments: ["cluster", "supervise"] + shape.arguments(cluster.directory, world),
                outputPath: cluster.log
            )
        )
        let status = try wait(for: process, cluster, token, logSize)
        try console.print(ClusterStatusVerb.document(status, cluster, nil), as: options.output)
        return 0
    }

    /// Waits until all slots are registered.
    private func wait(
        for process: any ChildProcess,
        _ cluster: LocalCluster,
        _ token: ClusterToken?,
        _ logSize: Int
    ) throws(WeirError) -> LocalCluster.Status {
        let world = cluster.world
        let parker = world.threads.makeParker()
        let deadline = world.clock.monotonicNanoseconds() + Self.patience
        while world.clock.monotonicNanoseconds() < deadline {
            if try process.exitStatus() != nil { throw try failure(cluster, logSize) }
            if let status = try? cluster.status(), !status.rest.isEmpty,
                try slots(status, token) >= status.slots
            {
                return status
            }
            parker.park(until: world.clock.monotonicNanoseconds() + 5_000_000)
        }
        // What has come up so far would be in the way of the next try.
        process.send(.terminate)
        throw WeirError(
            .localCluster,
            "The cluster did not come up within \(Self.patience / 1_000_000_000) s.",
            fix: "Look into the logs in \(cluster.directory).",
            kind: .fixEnvironment
        )
    }

    /// Slots that are registered; 0 while the job manager does not answer.
    private func slots(
        _ status: LocalCluster.Status,
        _ token: ClusterToken?
    ) throws(WeirError) -> Int {
        let urls = try ServerURL.list(status.url, position: "cluster")
        do throws(WeirError) {
            let overview = try RESTClient(urls, token: token?.text).get("/overview")
            return Int(overview["slots-total"]?.integer ?? 0)
        } catch  where error.code == .serverUnreachable {
            return 0
        }
    }

    /// What the supervisor said before its end.
    private func failure(_ cluster: LocalCluster, _ logSize: Int) throws(WeirError) -> WeirError {
        let bytes = try cluster.world.files.readAll(cluster.log, limit: 1 << 26)
        let text = String(decoding: bytes.dropFirst(logSize), as: UTF8.self)
        let said = text.split(separator: "\n").drop { !$0.hasPrefix("WR-") }
        guard !said.isEmpty else {
            return WeirError(
                .localCluster,
                "The cluster did not start.",
                fix: "Look into \(cluster.log).",
                kind: .fixEnvironment
            )
        }
        return ServerAnswer.error(said.joined(separator: "\n"), status: 500)
    }
}

/// `weir cluster stop`.
struct ClusterStopVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Ends all processes of a cluster on this machine.",
        discussion: """
            weir cluster stop

            Jobs are not cancelled: they go on from their last checkpoints when the cluster is started \
            again with the same directory.
            """
    )

    @Option(help: "The cluster's directory ($HOME/.weir/cluster if left out).")
    var data: String?

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let cluster = try LocalCluster(data, world: console.world)
        guard try cluster.ask("stop") != nil else { throw cluster.missing }
        return 0
    }
}

/// `weir cluster status`.
struct ClusterStatusVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows the processes of a cluster on this machine.",
        discussion: """
            weir cluster status

            Ends with 4 if no cluster runs.
            """
    )

    @Option(help: "The cluster's directory ($HOME/.weir/cluster if left out).")
    var data: String?
    @Option(help: "The file with the token that clients must know (WEIR_TOKEN_FILE, WEIR_TOKEN).")
    var tokenFile: String?
    @OptionGroup var options: OutputOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let cluster = try LocalCluster(data, world: console.world)
        guard let status = try cluster.status() else { throw cluster.missing }
        let token = try ClusterToken.given(file: tokenFile, console.world)
        var overview: JSONNode?
        if !status.rest.isEmpty {
            let urls = try ServerURL.list(status.url, position: "cluster")
            do throws(WeirError) {
                overview = try RESTClient(urls, token: token?.text).get("/overview")
            } catch  where error.code == .serverUnreachable {
                // It is being started again: its process says so.
            }
        }
        try console.print(Self.document(status, cluster, overview), as: options.output)
        return 0
    }

    static func document(
        _ status: LocalCluster.Status,
        _ cluster: LocalCluster,
        _ overview: JSONNode?
    ) -> Document {
        var facts: [(String, Document.Cell)] = [
            ("directory", .text(cluster.directory)), ("rest", .text(status.url)),
            ("rpc", .text(status.rpc)), ("slots", .integer(Int64(status.slots))),
        ]
        if let overview {
            facts += [
                ("registered slots", .number(overview["slots-total"])),
                ("free slots", .number(overview["slots-available"])),
                ("running jobs", .number(overview["jobs-running"])),
            ]
        }
        let supervisor = LocalCluster.Status.Member(
            name: "supervisor",
            processID: status.supervisor,
            restarts: 0
        )
        return Document(
            facts: facts,
            listName: "processes",
            columns: ["process", "pid", "restarts"],
            rows: ([supervisor] + status.members).map { member in
                [
                    .text(member.name), member.processID.map { .integer(Int64($0)) } ?? .none,
                    .integer(Int64(member.restarts)),
                ]
            }
        )
    }
}
