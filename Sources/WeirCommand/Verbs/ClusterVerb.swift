import ArgumentParser
import Synchronization
import Weir
import WeirCore
import WeirREST
import WeirServer

/// `weir cluster`: a cluster on this machine, of real processes.
struct ClusterVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Starts and stops a cluster on this machine.",
        discussion: """
            weir cluster start --taskmanagers 2 --slots 2
            weir cluster status
            weir cluster stop
            """,
        subcommands: [
            ClusterStartVerb.self, ClusterStopVerb.self, ClusterStatusVerb.self,
            ClusterSuperviseVerb.self,
        ]
    )
}

/// How a local cluster is to be.
struct ClusterShape: ParsableArguments {
    @Option(help: "The cluster's directory ($HOME/.weir/cluster if left out).")
    var data: String?
    @Option(help: "How many task managers.")
    var taskmanagers = 2
    @Option(help: "How many job managers, one of which leads; more than one need --ha.")
    var jobmanagers = 1
    @Option(help: "The etcd by which job managers agree who leads: etcd://HOST:PORT/PREFIX.")
    var ha: String?
    @Option(help: "Slots of each task manager.")
    var slots = 2
    @Option(help: "Memory that the workers of a task manager may use together.")
    var memory = "1g"
    @Option(help: "Where clients ask.")
    var rest = "127.0.0.1:8081"
    @Option(help: "Where task managers register.")
    var rpc = "127.0.0.1:6123"
    @Option(help: "A file with the token that processes and clients must know; drawn if left out.")
    var tokenFile: String?

    /// The same as arguments of another process.
    func arguments(_ directory: String, _ world: any World) -> [String] {
        var arguments = [
            "--data", directory, "--taskmanagers", "\(taskmanagers)", "--slots", "\(slots)",
            "--memory", memory, "--rest", rest, "--rpc", rpc, "--jobmanagers", "\(jobmanagers)",
        ]
        if let ha { arguments += ["--ha", ha] }
        if let tokenFile {
            arguments += ["--token-file", world.processes.absolutePath(tokenFile)]
        }
        return arguments
    }

    /// - Throws: `usage`, `badValue`.
    func plan(_ world: any World) throws(WeirError) -> ClusterSupervisor.Plan {
        guard (1...64).contains(taskmanagers), (1...1024).contains(slots) else {
            throw WeirError(
                .badValue,
                "A local cluster has 1 to 64 task managers with 1 to 1024 slots each.",
                fix: "Choose other values for --taskmanagers and --slots."
            )
        }
        guard let bytes = ByteCount(memory)?.bytes, bytes >= 16 << 20 else {
            throw WeirError(
                .badValue,
                "\"\(memory)\" is not a value for --memory.",
                fix: "Write a size of at least 16m, such as 4g."
            )
        }
        return ClusterSupervisor.Plan(
            program: world.processes.executablePath,
            jobManagers: try jobManagerPlaces(),
            ha: ha,
            taskManagers: taskmanagers,
            slots: slots,
            memory: memory,
            tokenFile: tokenFile ?? world.processes.environment("WEIR_TOKEN_FILE")
        )
    }
}

extension ClusterShape {
    /// Each job manager has the ports after those of the one before.
    private func jobManagerPlaces() throws(WeirError) -> [ClusterSupervisor.JobManagerPlace] {
        guard (1...Self.mostJobManagers).contains(jobmanagers) else {
            throw WeirError(
                .badValue,
                "A local cluster has 1 to \(Self.mostJobManagers) job managers.",
                fix: "Choose another value for --jobmanagers."
            )
        }
        guard jobmanagers == 1 || ha != nil else {
            throw WeirError(
                .usage,
                "\(jobmanagers) job managers cannot agree who leads.",
                position: "--jobmanagers \(jobmanagers)",
                reason: "Without --ha a job manager leads alone, by the lock of its directory.",
                fix: "Name an etcd, such as --ha etcd://127.0.0.1:2379/weir, or start one only."
            )
        }
        if let ha { _ = try EtcdURL(ha, option: "--ha") }
        let (rest, rpc) = (
            try HostAndPort(rest, option: "--rest"), try HostAndPort(rpc, option: "--rpc")
        )
        guard max(rest.port, rpc.port) + jobmanagers <= 65536 else {
            throw WeirError(
                .badValue,
                "There are no \(jobmanagers) ports from \(max(rest.port, rpc.port)) on.",
                fix: "Choose lower ports for --rest and --rpc."
            )
        }
        return (0..<jobmanagers).map { number in
            ClusterSupervisor.JobManagerPlace(
                rest: rest.moved(by: number),
                rpc: rpc.moved(by: number)
            )
        }
    }

    private static let mostJobManagers = 8
}

/// `weir cluster supervise`: what `weir cluster start` leaves behind.
struct ClusterSuperviseVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "supervise",
        abstract: "Runs a cluster until it is stopped; `weir cluster start` starts it.",
        discussion: "weir cluster supervise --data /var/lib/weir",
        shouldDisplay: false
    )

    @OptionGroup var shape: ClusterShape

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let world = console.world
        var prepared = try shape.plan(world)
        let cluster = try LocalCluster(shape.data, world: world)
        try world.files.makeDirectory(cluster.directory)
        guard let lock = try world.files.lock(cluster.directory + "/lock", .exclusive) else {
            throw WeirError(
                .localCluster,
                "A cluster runs in \(cluster.directory) already.",
                fix: "Stop it with `weir cluster stop`, or choose another --data directory."
            )
        }
        defer { lock.release() }
        if prepared.jobManagers.count > 1 { try prepare(&prepared, cluster) }
        let plan = prepared
        let listener = try world.network.listen(path: cluster.socket)
        let poller = try world.threads.makePoller()
        try poller.watch(listener, token: 0)
        let interrupts = EventQueue<Void>(parker: poller)
        world.processes.onInterrupt { interrupts.post(()) }
        let failure = Failure()
        let thread = world.threads.run(name: "weir-cluster", parker: poller) {
            ClusterSupervisor(
                cluster: cluster,
                plan: plan,
                listener: listener,
                poller: poller,
                interrupts: interrupts,
                onFailure: { failure.note($0) }
            )
        }
        thread.join()
        if let error = failure.first { throw error }
        return 0
    }

    /// What several job managers must agree upon before they start: their ports, and the token.
    private func prepare(
        _ plan: inout ClusterSupervisor.Plan,
        _ cluster: LocalCluster
    ) throws(WeirError) {
        let world = cluster.world
        if plan.tokenFile == nil {
            try world.files.makeDirectory(cluster.jobManager)
            _ = try ClusterToken.kept(in: cluster.token, world)
        }
        var listeners: [any Listener] = []
        defer { for listener in listeners { listener.close() } }
        func settled(_ place: HostAndPort) throws(WeirError) -> HostAndPort {
            guard place.port == 0 else { return place }
            let listener = try world.network.listen(host: place.host, port: 0)
            listeners.append(listener)
            return HostAndPort(host: place.host, port: listener.port)
        }
        for index in plan.jobManagers.indices {
            plan.jobManagers[index].rest = try settled(plan.jobManagers[index].rest)
            plan.jobManagers[index].rpc = try settled(plan.jobManagers[index].rpc)
        }
    }

    /// The first thing that made the cluster end.
    private final class Failure: Sendable {
        private let stored = Mutex<WeirError?>(nil)

        func note(_ error: WeirError) { stored.withLock { $0 = $0 ?? error } }

        var first: WeirError? { stored.withLock { $0 } }
    }
}
