import WeirCore
import WeirPlan

/// Learns the graph of a job from its executable, which builds it in a process of its own and ends.
///
/// User code runs there: whatever it does, the job manager gets a graph or an error, and in time.
struct JobPlanner: Sendable {
    /// How long a program may take for its plan, in nanoseconds.
    static let patience: Int64 = 30_000_000_000
    /// Bytes of the longest plan, and of what it may write to standard error.
    static let mostBytes = 16 << 20

    private let world: any World
    private let directory: String

    /// A planner that keeps what programs write in files of a directory, for as long as they run.
    init(world: any World, directory: String) {
        self.world = world
        self.directory = directory
    }

    /// The graph that a program makes of its arguments; waits for it.
    ///
    /// - Throws: `planFailed` with what the program said; `processFailed`, what files throw.
    func plan(
        _ program: String,
        _ arguments: [String],
        workingDirectory: String?
    ) throws(WeirError) -> StreamGraph {
        try world.files.makeDirectory(directory)
        let place = directory + "/\(JobID(world.random))"
        defer {
            for path in [place + ".plan", place + ".log"] {
                // What cannot be removed is a leftover that costs little.
                _ = try? world.files.remove(path)
            }
        }
        let process = try world.processes.spawn(
            ChildProgram(
                program,
                arguments: ["--weir-plan", "--"] + arguments,
                removedVariables: ["WEIR_TOKEN", "WEIR_TOKEN_FILE"],
                workingDirectory: workingDirectory,
                outputPath: place + ".plan",
                errorPath: place + ".log"
            )
        )
        let problem = try wait(for: process, place)
        let log = try lastWords(place + ".log")
        if let problem { throw failure(program, problem, log) }
        let bytes = try world.files.readAll(place + ".plan", limit: Self.mostBytes)
        do throws(WeirError) {
            return try StreamGraph(decoding: bytes)
        } catch {
            throw failure(program, "It wrote no plan: \(error.message)", log)
        }
    }

    /// Waits for the end of the process; what is wrong with it, nil if nothing is.
    private func wait(for process: any ChildProcess, _ place: String) throws(WeirError) -> String? {
        let poller = try world.threads.makePoller()
        try poller.watch(process, token: 1)
        defer { poller.forget(process) }
        let deadline = world.clock.monotonicNanoseconds() + Self.patience
        var problem: String?
        while true {
            if let status = try process.exitStatus() {
                if problem == nil, status != .exited(0) { problem = "It ended with \(status)." }
                return problem
            }
            let now = world.clock.monotonicNanoseconds()
            if problem == nil {
                problem = try excess(now >= deadline, place)
                if problem != nil { process.send(.kill) }
            }
            poller.park(until: now + 50_000_000)
            _ = poller.takeReady()
        }
    }

    /// What a process does too much of.
    private func excess(_ isLate: Bool, _ place: String) throws(WeirError) -> String? {
        if isLate { return "It did not end within \(Self.patience / 1_000_000_000) s." }
        for path in [place + ".plan", place + ".log"] {
            if let size = try world.files.status(path)?.size, size > Self.mostBytes {
                return "It wrote more than \(Self.mostBytes >> 20) MiB."
            }
        }
        return nil
    }

    private func lastWords(_ path: String) throws(WeirError) -> String {
        guard let size = try world.files.status(path)?.size, size <= Self.mostBytes else {
            return ""
        }
        let text = String(decoding: try world.files.readAll(path).suffix(4000), as: UTF8.self)
        return text.split(separator: "\n").suffix(12).joined(separator: "\n         ")
    }

    private func failure(_ program: String, _ problem: String, _ log: String) -> WeirError {
        let name = program.split(separator: "/").last.map(String.init) ?? program
        return WeirError(
            .planFailed,
            "\(name) did not tell what it would run.",
            reason: log.isEmpty ? problem : "\(problem) It said:\n         \(log)",
            fix: "Look at the job's arguments; \(name) must be an executable that links Weir."
        )
    }
}
