import Weir
import WeirCore
import WeirREST

/// A cluster of real processes that a verb has for itself, and the jobs on it.
final class OwnCluster {
    /// Nanoseconds from the call of `weir cluster start` until all slots were registered.
    let startNanoseconds: Int64
    let client: ClusterClient
    let directory: String
    let options: OwnClusterOptions
    /// Whether the directory stays.
    let isKept: Bool
    var world: any World { client.world }

    /// How long the job may take until something that is waited for, in nanoseconds.
    private static let patience: Int64 = 600_000_000_000
    private static let pause: Int64 = 2_000_000

    /// Starts it; `willStart` is told its directory before.
    ///
    /// - Throws: what `weir cluster start` told.
    init(
        _ options: OwnClusterOptions,
        world: any World,
        willStart: (String) -> Void
    ) throws(WeirError) {
        // What is wrong with the options is to be told before anything runs.
        _ = try options.settings()
        self.options = options
        isKept = options.directory != nil
        let temporary = world.processes.environment("TMPDIR") ?? "/tmp"
        // Short, since paths of sockets must be.
        let name = "\(JobID(world.random))".prefix(8)
        directory = world.processes.absolutePath(
            options.directory ?? "\(temporary)/weir-own-\(name)"
        )
        try world.files.makeDirectory(directory)
        willStart(directory)
        let begin = world.clock.monotonicNanoseconds()
        let answer = try Self.weir(
            [
                "cluster", "start", "--data", directory + "/cluster", "--taskmanagers",
                "\(options.taskmanagers)", "--slots", "\(options.slots)", "--memory",
                options.memory, "--rest", "127.0.0.1:0", "--rpc", "127.0.0.1:0",
                "--output", "json",
            ],
            in: directory,
            world
        )
        startNanoseconds = world.clock.monotonicNanoseconds() - begin
        let place = try ServerURL(answer["rest"]?.text ?? "", position: "weir cluster start")
        client = ClusterClient(rest: RESTClient(place, token: nil), world: world)
    }

    /// Ends all its processes; what it left is removed unless a directory was asked for.
    func end() throws(WeirError) {
        try Self.stop(directory, world: world)
        if !isKept { try world.files.removeTree(directory) }
    }

    /// Ends all processes of the cluster in a directory.
    static func stop(_ directory: String, world: any World) throws(WeirError) {
        _ = try weir(["cluster", "stop", "--data", directory + "/cluster"], in: directory, world)
    }

    // MARK: Time

    var now: Int64 { world.clock.monotonicNanoseconds() }

    /// Waits a while.
    func wait(seconds: Double) { client.pause(Int64(seconds * 1e9)) }

    /// Asks until the answer is yes; a job manager that is away is asked again.
    ///
    /// - Throws: `jobFailed` with `what` if it never is.
    func until(_ what: String, _ question: () throws(WeirError) -> Bool) throws(WeirError) {
        let end = now + Self.patience
        while now < end {
            do throws(WeirError) {
                if try question() { return }
            } catch  where error.code == .serverUnreachable {
                // It is being started again.
            }
            client.pause(Self.pause)
        }
        throw WeirError(
            .jobFailed,
            "It did not come to this within \(Self.patience / 1_000_000_000) s: \(what).",
            fix: "Look into the logs in \(directory)/cluster; --directory keeps them."
        )
    }

    // MARK: Jobs

    /// Uploads an executable; returns its id.
    func upload(_ path: String) throws(WeirError) -> String {
        try ArtifactUploader(client: client).artifact(path)
    }

    /// Hands a job in.
    func submit(
        _ artifact: String,
        name: String,
        arguments: [String],
        more: [String: JSONValue] = [:]
    ) throws(WeirError) -> JobID {
        let body: [String: JSONValue] = [
            "programArgsList": .array(arguments.map { .text($0) }),
            "parallelism": .integer(Int64(options.allSlots)),
            "flinkConfiguration": .texts(try options.settings()),
            "jobName": .text(name),
        ]
        let answer = try client.rest.send(
            "POST",
            "/jars/\(PathText.encoded(artifact))/run",
            .object(body.merging(more) { $1 })
        )
        guard let text = answer["jobid"]?.text, let job = JobID(text) else {
            throw client.unexpected("/jars/\(artifact)/run")
        }
        return job
    }

    /// Waits until a job runs; one that has ended is an error.
    func waitUntilRunning(_ job: JobID) throws(WeirError) {
        try until("job \(job) runs") { () throws(WeirError) in
            let state = try client.state(job)
            if ClusterClient.isTerminal(state) {
                throw try client.failure(of: job)
                    ?? WeirError(.jobFailed, "Job \(job) is \(state).")
            }
            return state == "RUNNING"
        }
    }

    /// How many checkpoints the present job manager has seen completed.
    func completedCheckpoints(_ job: JobID) throws(WeirError) -> Int64 {
        try client.rest.get("/jobs/\(job)/checkpoints")["counts"]?["completed"]?.integer ?? 0
    }

    /// The id of a job's newest completed checkpoint, so far as the present job manager knows; 0: none.
    func newestCheckpoint(_ job: JobID) throws(WeirError) -> Int64 {
        let history = try client.rest.get("/jobs/\(job)/checkpoints")["history"]
        return (history?.elements ?? []).filter { $0["status"]?.text == "COMPLETED" }
            .compactMap { $0["id"]?.integer }.max() ?? 0
    }

    /// Waits until so many more checkpoints are complete.
    func waitForCheckpoints(_ job: JobID, _ more: Int64) throws(WeirError) {
        guard options.interval != "0" else { return }
        let before = try completedCheckpoints(job)
        try until("\(more) checkpoints are complete") { () throws(WeirError) in
            try completedCheckpoints(job) >= before + more
        }
    }

    /// Ends a job at once.
    func cancel(_ job: JobID) throws(WeirError) {
        try client.rest.send("PATCH", "/jobs/\(job)?mode=cancel", nil)
        _ = try client.waitForEnd(job)
    }

    // MARK: Processes

    /// The members of the cluster, by name.
    func members() throws(WeirError) -> [(name: String, process: Int64)] {
        guard let status = try LocalCluster(directory + "/cluster", world: world).status() else {
            return []
        }
        return status.members.compactMap { member in
            member.processID.map { (member.name, Int64($0)) }
        }
    }

    /// The workers of its task managers.
    func workers() throws(WeirError) -> [Int64] {
        try ProcessTable(world: world).workers(of: directory + "/cluster")
    }

    /// Ends a process with SIGKILL; returns when that was, in monotonic nanoseconds.
    func kill(_ process: Int64) throws(WeirError) -> Int64 {
        let moment = now
        let killer = try world.processes.spawn(
            ChildProgram("/bin/kill", arguments: ["-KILL", "\(process)"])
        )
        try until("process \(process) was killed") { () throws(WeirError) in
            try killer.exitStatus() != nil
        }
        return moment
    }

    /// Runs `weir`, which succeeds; returns what it printed.
    private static func weir(
        _ arguments: [String],
        in directory: String,
        _ world: any World
    ) throws(WeirError) -> JSONNode {
        let (output, errors) = (directory + "/weir.out", directory + "/weir.err")
        try world.files.remove(output)
        try world.files.remove(errors)
        let process = try world.processes.spawn(
            ChildProgram(
                world.processes.executablePath,
                arguments: arguments,
                outputPath: output,
                errorPath: errors
            )
        )
        let parker = world.threads.makeParker()
        var status = try process.exitStatus()
        while status == nil {
            parker.park(until: world.clock.monotonicNanoseconds() + 1_000_000)
            status = try process.exitStatus()
        }
        guard status == .exited(0) else {
            let said = String(decoding: try world.files.readAll(errors), as: UTF8.self)
            throw ServerAnswer.error(said, status: 500)
        }
        let text = try world.files.readAll(output)
        do throws(JSONSyntaxError) {
            return try JSONReader.read(text.isEmpty ? Array("{}".utf8) : text)
        } catch {
            throw WeirError(
                .localCluster,
                "weir \(arguments[0]) printed something that is no JSON.",
                reason: "\(error)",
                kind: .bug
            )
        }
    }
}
