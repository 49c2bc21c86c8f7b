import Testing
import WeirCore
import WeirREST
import WeirSystem

/// Runs programs as processes of their own and keeps what they print.
final class RealTool {
    /// What a command line led to.
    struct Result {
        let status: WeirCore.ExitStatus
        let output: String
        let errors: String

        /// The line that was printed.
        var line: String { String(output.filter { !$0.isNewline }) }

        /// What was printed, as JSON.
        func json() throws -> JSONNode { try JSONReader.read(Array(output.utf8)) }
    }

    /// A program that runs, and the files that it writes to.
    struct Running {
        let process: any ChildProcess
        let output: String
        let errors: String
    }

    let world = RealWorld()
    /// A directory for this test alone; short, since paths of sockets must be.
    let directory: String
    private var count = 0

    init() throws {
        directory = "/tmp/weir-\("\(JobID(world.random))".prefix(10))"
        try world.files.makeDirectory(directory)
    }

    /// Starts a program.
    func start(
        _ path: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        in workingDirectory: String? = nil
    ) throws -> Running {
        count += 1
        let place = directory + "/run-\(count)"
        let process = try world.processes.spawn(
            ChildProgram(
                path,
                arguments: arguments,
                environment: environment,
                removedVariables: ["WEIR_JOBMANAGER", "WEIR_TOKEN", "WEIR_TOKEN_FILE"],
                workingDirectory: workingDirectory,
                outputPath: place + ".out",
                errorPath: place + ".err"
            )
        )
        return Running(process: process, output: place + ".out", errors: place + ".err")
    }

    /// Runs a program to its end.
    func run(
        _ path: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        in workingDirectory: String? = nil
    ) throws -> Result {
        try wait(
            for: start(path, arguments, environment: environment, in: workingDirectory),
            "\(path) \(arguments.joined(separator: " "))"
        )
    }

    /// Waits for the end of a program.
    func wait(for running: Running, _ name: String = "") throws -> Result {
        try until("\(name) has ended") { try running.process.exitStatus() != nil }
        return Result(
            status: try #require(try running.process.exitStatus()),
            output: try text(running.output),
            errors: try text(running.errors)
        )
    }

    /// Waits until something is so; far too late it is an error, so that a test ends.
    func until(_ what: String, _ condition: () throws -> Bool) throws {
        let deadline = world.clock.monotonicNanoseconds() + 180_000_000_000
        let parker = world.threads.makeParker()
        while try !condition() {
            let now = world.clock.monotonicNanoseconds()
            try #require(now < deadline, "it never was so that \(what)")
            parker.park(until: now + 20_000_000)
        }
    }

    /// The text of a file.
    func text(_ path: String) throws -> String {
        String(decoding: try world.files.readAll(path), as: UTF8.self)
    }

    /// Runs a script.
    func shell(_ script: String) throws -> String {
        try run("/bin/sh", ["-c", script]).output
    }

    func remove() { try? world.files.removeTree(directory) }
}
