import Testing
import WeirCore
import WeirREST
import WeirSystem

/// A local cluster of real processes, ended with the test whatever happens.
final class RealCluster {
    let tool: RealTool
    /// The cluster's directory.
    let data: String
    private(set) var rest = ""
    private(set) var rpc = ""
    private var supervisor: Int64?

    /// Runs a test with a cluster that is started, and ends it.
    static func with(
        taskManagers: Int = 2,
        slots: Int = 2,
        options: [String] = [],
        _ test: @escaping @Sendable (RealCluster) throws -> Void
    ) async throws {
        try await OwnThread.run {
            let cluster = try RealCluster()
            defer { cluster.end() }
            try cluster.start(taskManagers: taskManagers, slots: slots, options: options)
            try test(cluster)
        }
    }

    init() throws {
        tool = try RealTool()
        data = tool.directory + "/c"
    }

    func start(taskManagers: Int, slots: Int, options: [String] = []) throws {
        let result = try weir(
            [
                "cluster", "start", "--data", data, "--taskmanagers", "\(taskManagers)", "--slots",
                "\(slots)", "--memory", "256m", "--rest", "127.0.0.1:0", "--rpc", "127.0.0.1:0",
                "--output", "json",
            ] + options
        )
        try #require(result.status == .exited(0), "\(result.errors)")
        let answer = try result.json()
        rest = try #require(answer["rest"]?.text)
        rpc = try #require(answer["rpc"]?.text)
        supervisor = pid("supervisor", in: answer)
    }

    /// Runs `weir`; verbs that ask a job manager ask this cluster's.
    func weir(
        _ arguments: [String],
        environment: [String: String] = [:],
        in directory: String? = nil
    ) throws -> RealTool.Result {
        var variables = environment
        if variables["WEIR_JOBMANAGER"] == nil { variables["WEIR_JOBMANAGER"] = rest }
        return try tool.run(
            Products.path("weir"),
            arguments,
            environment: variables,
            in: directory
        )
    }

    /// Runs `weir`, which succeeds.
    func succeed(_ arguments: [String], in directory: String? = nil) throws -> RealTool.Result {
        let result = try weir(arguments, in: directory)
        try #require(result.status == .exited(0), "\(arguments): \(result.errors)")
        return result
    }

    /// Hands the main job in; returns its id.
    func submit(_ options: [String], _ flights: FlightsRun) throws -> String {
        let result = try succeed(
            ["submit", Products.path("flights"), "--detach", "-D"]
                + ["execution.checkpointing.interval=100ms"] + options + ["--"] + flights.arguments
        )
        return result.line
    }

    // MARK: What is

    /// The process of a member of the cluster.
    func pid(_ name: String) throws -> Int64? {
        pid(name, in: try succeed(["cluster", "status", "--data", data]).json())
    }

    private func pid(_ name: String, in status: JSONNode) -> Int64? {
        status["processes"]?.elements.first { $0["process"]?.text == name }?["pid"]?.integer
    }

    /// What `weir status` says of a job.
    func status(_ job: String) throws -> JSONNode { try succeed(["status", job]).json() }

    /// Waits until a job is in a state.
    func waitFor(_ job: String, _ state: String) throws {
        try tool.until("job \(job) is \(state)") {
            let status = try status(job)
            let present = status["state"]?.text ?? ""
            let isOver = ["FINISHED", "FAILED", "CANCELED"].contains(present)
            try #require(
                !isOver || present == state,
                "it is \(present): \(status["lastFailure"]?.text ?? "")"
            )
            return present == state
        }
    }

    /// Waits until a job runs and has completed so many more checkpoints than now.
    func waitForCheckpoints(_ job: String, _ more: Int64 = 2) throws {
        let before = try status(job)["checkpoints"]?.integer ?? 0
        try tool.until("job \(job) has completed \(more) more checkpoints") {
            let status = try status(job)
            try #require(status["state"]?.text != "FAILED", "\(status)")
            return (status["checkpoints"]?.integer ?? 0) >= before + more
                && status["state"]?.text == "RUNNING"
        }
    }

    /// The processes of workers of this cluster.
    func workers() throws -> [Int64] {
        let script = """
            for p in /proc/[0-9]*; do
                tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -q -- "--weir-worker \(data)/" \\
                    && echo ${p#/proc/}
            done; true
            """
        return try tool.shell(script).split(separator: "\n").compactMap { Int64($0) }
    }

    /// Ends a process at once.
    func kill(_ process: Int64) throws { _ = try tool.shell("kill -9 \(process)") }

    // MARK: The end

    func end() {
        _ = try? weir(["cluster", "stop", "--data", data])
        // If it was not to be stopped: without it the others end, too.
        if let supervisor { try? kill(supervisor) }
        try? tool.until("all processes have ended") {
            try !tool.world.files.isLocked(data + "/jobmanager/lock")
        }
        tool.remove()
    }
}
