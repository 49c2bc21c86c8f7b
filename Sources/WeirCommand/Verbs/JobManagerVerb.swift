import ArgumentParser
import Weir
import WeirCore
import WeirJobManager
import WeirREST
import WeirServer
import WeirTransport

/// `weir jobmanager`: leads a cluster until it is interrupted.
struct JobManagerVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "jobmanager",
        abstract: "Leads a cluster: takes in task managers and jobs, and serves Flink's REST API.",
        discussion: """
            weir jobmanager --data /var/lib/weir/jobmanager
            WEIR_TOKEN_FILE=/etc/weir/token weir jobmanager --data /shared/weir --rest 0.0.0.0:8081 \
            --rpc 0.0.0.0:6123
            weir jobmanager --data /shared/weir --ha etcd://127.0.0.1:2379/weir

            DIR holds jobs, their checkpoints and executables; the machines of all task managers must \
            reach it under the same name. Task managers must know the cluster's token: the one given by \
            --token-file, WEIR_TOKEN_FILE or WEIR_TOKEN. Without one, the job manager serves this \
            machine only, draws a token for its task managers and keeps it in DIR/token.

            With --ha several job managers share DIR: the one that has the lease in etcd leads, the others \
            stand by without listening, and one of them leads some 3 s after the leader is gone. A leader \
            that could not renew its lease does nothing any more and ends (exit code 1): have it started \
            again by whatever supervises it. All job managers of a cluster need the same --data, --ha \
            and token, and --rest and --rpc of their own.
            """
    )

    @Option(help: "Its directory, which all task managers' machines reach.")
    var data: String
    @Option(help: "Where clients ask; Flink's REST API.")
    var rest = "127.0.0.1:8081"
    @Option(help: "Where task managers register.")
    var rpc = "127.0.0.1:6123"
    @Option(help: "The file with the cluster's token.")
    var tokenFile: String?
    @Option(help: "The etcd by which job managers agree who leads: etcd://HOST:PORT/PREFIX.")
    var ha: String?
    @OptionGroup(visibility: .hidden) var supervised: SupervisedOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let world = console.world
        #if Sabotage
        FailPoint.arm(world)
        if let fault = world.processes.environment("WEIR_SABOTAGE") { _ = Sabotage.choose(fault) }
        #endif
        let rest = try HostAndPort(rest, option: "--rest")
        let rpc = try HostAndPort(rpc, option: "--rpc")
        let given = try ClusterToken.given(file: tokenFile, world)
        for place in [rest, rpc] where given == nil && !RESTAddress(host: place.host).isLoopback {
            throw unprotected(place)
        }
        let directory = world.processes.absolutePath(data)
        try world.files.makeDirectory(directory)
        let token: ClusterToken
        if let given {
            token = given
        } else {
            token = try ClusterToken.kept(in: directory + "/token", world)
        }
        let server = ClusterServer(
            world: world,
            options: JobManager.Options(
                dataDirectory: directory,
                address: DataAddress(host: rpc.host, port: rpc.port),
                token: token.bytes
            ),
            address: RESTAddress(host: rest.host, port: rest.port),
            token: given?.text,
            weirVersion: Version.current
        )
        let role = RoleProcess(world)
        let name = supervised.name ?? "jobmanager"
        guard let ha else { return try lead(server, nil, rpc, role, name) }
        let store = EtcdStore(try EtcdURL(ha, option: "--ha"))
        let places = "REST at http://\(rest), task managers at \(rpc)"
        let standBy = try StandBy(store, as: places, role)
        defer { standBy.resign() }
        // Before it leads: its supervisor must not take it for one that does not start.
        try supervised.join(as: [name], role)
        guard let leadership = standBy.wait() else { return 0 }
        return try lead(server, leadership, rpc, role, name)
    }

    /// Leads until it is interrupted.
    private func lead(
        _ server: ClusterServer,
        _ leadership: Leadership?,
        _ rpc: HostAndPort,
        _ role: RoleProcess,
        _ name: String
    ) throws(WeirError) -> Int32 {
        let world = role.world
        let running = try role.wait { () async throws(WeirError) in
            try await server.start(leading: leadership) { world.processes.tell($0 + "\n") }
        }
        let listening = HostAndPort(host: rpc.host, port: running.manager.port)
        role.tell("REST at http://\(running.rest.address), task managers at \(listening)")
        try supervised.join(as: [name, "\(running.rest.address)", "\(listening)"], role)
        role.waitForInterrupt()
        _ = try role.wait { () async throws(WeirError) in await running.stop() }
        return 0
    }

    private func unprotected(_ place: HostAndPort) -> WeirError {
        WeirError(
            .addressUnprotected,
            "The job manager would be open to everyone who reaches \(place).",
            reason: "Whoever can submit jobs runs programs on the task managers' machines.",
            fix: "Give it a token with --token-file, WEIR_TOKEN_FILE or WEIR_TOKEN, or listen on "
                + "127.0.0.1."
        )
    }
}
