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

            DIR holds jobs, their checkpoints and executables; the machines of all task managers must \
            reach it under the same name. Task managers must know the cluster's token: the one given by \
            --token-file, WEIR_TOKEN_FILE or WEIR_TOKEN. Without one, the job manager serves this \
            machine only, draws a token for its task managers and keeps it in DIR/token.
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
    @OptionGroup(visibility: .hidden) var supervised: SupervisedOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let world = console.world
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
        let running = try role.wait { () async throws(WeirError) in
            try await server.start { world.processes.tell($0 + "\n") }
        }
        let listening = HostAndPort(host: rpc.host, port: running.manager.port)
        role.tell("REST at http://\(running.rest.address), task managers at \(listening)")
        try supervised.join(as: ["jobmanager", "\(running.rest.address)", "\(listening)"], role)
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
