import ArgumentParser
import Weir
import WeirCore
import WeirREST
import WeirTaskManager
import WeirTransport

/// `weir taskmanager`: offers slots to a job manager, or drains one that does.
struct TaskManagerVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "taskmanager",
        abstract: "Runs jobs for a job manager; drains a task manager.",
        discussion: """
            weir taskmanager --jobmanager 127.0.0.1:6123 --data /var/lib/weir/taskmanager \
            --token-file /var/lib/weir/jobmanager/token
            weir taskmanager drain 127.0.0.1:4711-8b2f60
            """,
        subcommands: [TaskManagerRunVerb.self, TaskManagerDrainVerb.self],
        defaultSubcommand: TaskManagerRunVerb.self
    )
}

/// `weir taskmanager --jobmanager HOST:PORT …`.
struct TaskManagerRunVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Offers slots to a job manager until it is interrupted.",
        discussion: """
            weir taskmanager run --jobmanager 127.0.0.1:6123 --data /var/lib/weir/taskmanager \
            --slots 2 --memory 4g --token-file /var/lib/weir/jobmanager/token

            The word run may be left out. DIR is for this task manager alone; what workers leave there is \
            worthless after them. Workers of one job on several machines exchange rows: --data-port must \
            be an address that the others reach, and each worker takes a port of its own.
            """
    )

    @Option(
        name: .customLong("jobmanager"),
        help: "Where the job manager takes task managers in; where there are several: HOST:PORT,…"
    )
    var jobManager: String
    @Option(help: "A directory of its own.")
    var data: String
    @Option(help: "Slots that it offers; as many as there are processors if left out.")
    var slots: Int?
    @Option(help: "Memory that all its workers may use together.")
    var memory = "1g"
    @Option(help: "Where its workers take rows: HOST:PORT or HOST:LOWEST-HIGHEST; port 0 is any.")
    var dataPort = "127.0.0.1:0"
    @Option(help: "The file with the cluster's token (WEIR_TOKEN_FILE, WEIR_TOKEN).")
    var tokenFile: String?
    @OptionGroup(visibility: .hidden) var supervised: SupervisedOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let world = console.world
        let options = try options(world)
        let role = RoleProcess(world)
        let running = try TaskManager(world: world, options: options).start {
            world.processes.tell($0 + "\n")
        }
        do throws(WeirError) {
            try supervised.join(as: [supervised.name ?? "taskmanager"], role)
        } catch {
            running.stop()
            running.wait()
            throw error
        }
        role.waitForInterrupt()
        running.stop()
        running.wait()
        return 0
    }

    private func options(_ world: any World) throws(WeirError) -> TaskManager.Options {
        let jobManagers = try HostAndPort.list(jobManager, option: "--jobmanager")
        let dataPort = try HostAndPort(dataPort, option: "--data-port", allowsRange: true)
        let slots = slots ?? world.processes.machine.processors
        guard (1...1024).contains(slots) else {
            throw wrong("\(slots)", "--slots", "Write a number from 1 to 1024.")
        }
        guard let bytes = ByteCount(memory)?.bytes, bytes >= 16 << 20 else {
            throw wrong(memory, "--memory", "Write a size of at least 16m, such as 4g.")
        }
        guard let token = try ClusterToken.given(file: tokenFile, world) else {
            throw WeirError(
                .usage,
                "A task manager needs the cluster's token.",
                fix:
                    "Name its file with --token-file or WEIR_TOKEN_FILE; a job manager without a token "
                    + "of yours keeps the one that it drew in its --data directory, as `token`."
            )
        }
        return TaskManager.Options(
            jobManagers: jobManagers.map { DataAddress(host: $0.host, port: $0.port) },
            dataDirectory: world.processes.absolutePath(data),
            slots: slots,
            memoryBytes: Int(bytes),
            dataHost: dataPort.host,
            dataPorts: dataPort.ports,
            token: token.bytes
        )
    }

    private func wrong(_ text: String, _ option: String, _ fix: String) -> WeirError {
        WeirError(.badValue, "\"\(text)\" is not a value for \(option).", fix: fix)
    }
}

/// `weir taskmanager drain TASKMANAGERID`.
struct TaskManagerDrainVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Moves the work of a task manager to others, and gives it none any more.",
        discussion: """
            weir taskmanager drain 127.0.0.1:4711-8b2f60

            Its jobs take a checkpoint and go on from it elsewhere; the command returns when none of them \
            has a slot there. Without enough free slots elsewhere it is refused (exit code 3). `weir \
            cluster status` and GET /taskmanagers list the ids.
            """
    )

    @Argument(help: "The task manager's id.")
    var taskManager: String
    @OptionGroup var server: ServerOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let client = try server.client(console)
        let id = PathText.encoded(taskManager)
        try client.rest.send("POST", "/weir/taskmanagers/\(id)/drain", nil)
        while true {
            let answer = try client.rest.get("/taskmanagers/\(id)")
            if answer["allocatedSlots"]?.elements.isEmpty ?? true { return 0 }
            client.pause()
        }
    }
}

/// A text as a part of a URL's path.
enum PathText {
    /// All bytes but letters, digits and a few signs become `%41`.
    static func encoded(_ text: String) -> String {
        let plain = Set("-._~:".utf8)
        return text.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                plain.contains(byte)
                || Character(scalar).isASCII
                    && (Character(scalar).isLetter || Character(scalar).isNumber)
            if isPlain { return String(Character(scalar)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + String(repeating: "0", count: 2 - digits.count) + digits
        }.joined()
    }
}
