import WeirCore
import WeirSystem

/// A job written in Swift: an executable that links Weir and is the job.
///
/// ```swift
/// @main
/// struct CountBids: StreamingJob {
///     static let name = "count-bids"
///     func build(_ program: StreamExecutionEnvironment, arguments: [String]) throws(WeirError) {
///         program.from(…).keyBy(…)…
///     }
/// }
/// ```
/// The executable takes the options of `weir run`; what follows `--` are the job's own arguments.
public protocol StreamingJob {
    /// The job's name, part of its identity.
    static var name: String { get }

    /// One line about what the job does, shown by `--help`.
    static var summary: String { get }

    /// The job's own arguments, for `--help`: one line each.
    static var argumentHelp: [String] { get }

    /// An instance to build the program with.
    init()

    /// Builds the program. Called at every start with the same arguments it must build the same.
    func build(_ program: StreamExecutionEnvironment, arguments: [String]) throws(WeirError)

    /// Called after the job has finished, before the process ends: the place for a report.
    func finished(_ status: JobStatus, arguments: [String], world: any World) throws(WeirError)
}

extension StreamingJob {
    /// No description.
    public static var summary: String { "" }

    /// No arguments of its own.
    public static var argumentHelp: [String] { [] }

    /// No report.
    public func finished(
        _ status: JobStatus,
        arguments: [String],
        world: any World
    ) throws(WeirError) {}

    /// Runs the job as the command line says and ends the process with the exit code of `weir`:
    /// 0 finished, 1 failed, 2 wrong usage, 3 refused.
    public static func main() {
        let world = RealWorld()
        #if Sabotage
        if let fault = world.processes.environment("WEIR_SABOTAGE"), !Sabotage.choose(fault) {
            preconditionFailure("there is no fault \(fault)")
        }
        #endif
        let code = JobLauncher(world: world).launch(
            Self.self,
            arguments: Array(CommandLine.arguments.dropFirst())
        )
        world.processes.exit(code)
    }
}
