import ArgumentParser
import Weir
import WeirCore

/// The verbs of `weir`.
public struct WeirTool: ParsableCommand {
    /// Name, help and verbs.
    public static let configuration = CommandConfiguration(
        commandName: "weir",
        abstract: "Runs streaming jobs, each result exactly once.",
        discussion: """
            weir run ./flights --data /var/lib/flights
            weir checkpoint ls /var/lib/flights
            weir config explain execution.checkpointing.interval

            weir cluster start
            weir submit ./flights --parallelism 2
            weir prove ./flights -- --input /data/flights --output {output}
            weir bench latency

            Exit codes: 0 success; 1 the job or the checked thing failed; 2 wrong usage or \
            configuration; 3 refused; 4 the server cannot be reached.
            """,
        subcommands: [
            RunVerb.self, ClusterVerb.self, JobManagerVerb.self, TaskManagerVerb.self,
            SubmitVerb.self, ListVerb.self, StatusVerb.self, CancelVerb.self, StopVerb.self,
            SavepointVerb.self, RescaleVerb.self, CheckpointVerb.self, ProveVerb.self,
            BenchVerb.self, ConfigVerb.self, VersionVerb.self,
        ]
    )

    /// A command line that has not been read.
    public init() {}

    /// Runs a command line (without the program's name); returns the exit code.
    ///
    /// All effects go through `world`.
    public static func run(_ arguments: [String], world: any World) -> Int32 {
        do {
            var command = try parseAsRoot(arguments)
            if let verb = command as? any Verb { return try verb.run(Console(world: world)) }
            // A request for help: it "fails" with the text.
            try command.run()
            return 0
        } catch let error as WeirError {
            return report(error, world)
        } catch {
            guard exitCode(for: error) != .success else {
                return show(fullMessage(for: error) + "\n", world)
            }
            return report(usage(message(for: error), arguments), world)
        }
    }

    /// Prints a help text.
    private static func show(_ help: String, _ world: any World) -> Int32 {
        do throws(WeirError) {
            try world.processes.write(help, to: .output)
            return 0
        } catch {
            return report(error, world)
        }
    }

    /// A command line that the parser did not take, in four parts.
    private static func usage(_ message: String, _ arguments: [String]) -> WeirError {
        let verbs = configuration.subcommands.compactMap { $0.configuration.commandName }
        var fix = "See `weir help`, or `weir help VERB`."
        if let first = arguments.first, !first.hasPrefix("-"), !verbs.contains(first),
            let nearest = NearestName.find(first, among: verbs)
        {
            fix = "Did you mean `weir \(nearest)`? " + fix
        }
        return WeirError(
            .usage,
            message,
            position: "weir " + arguments.joined(separator: " "),
            fix: fix
        )
    }

    private static func report(_ error: WeirError, _ world: any World) -> Int32 {
        world.processes.tell("\(error)\n")
        return error.exitCode
    }
}

/// A verb that can be run.
protocol Verb: ParsableCommand {
    /// Does what the verb says; returns the exit code.
    func run(_ console: Console) throws(WeirError) -> Int32
}

/// What a verb may use of the outside.
struct Console {
    let world: any World

    /// Prints data in the asked format; without one, a table on a terminal and JSON else.
    ///
    /// - Throws: `diskFull`, `fileFailed` if standard output does not take it.
    func print(_ document: Document, as format: OutputFormat?) throws(WeirError) {
        let format = format ?? .standard(world.processes)
        try world.processes.write(document.text(format), to: .output)
    }
}
