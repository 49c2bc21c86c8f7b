import ArgumentParser
import Weir
import WeirCore

/// `weir run JOB …`: becomes the job's executable, with the same options.
struct RunVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs a job in one process until its input ends, or until Ctrl-C.",
        usage: "weir run JOB [options] [-- arguments of the job]",
        discussion: """
            weir run ./flights --data /var/lib/flights --parallelism 2 -- --speed 1000

            JOB is an executable that links Weir. Started again with the same --data it goes on \
            from the last completed checkpoint.

            Options, after JOB:
            \(RunOption.help)

            --drop-state takes the name of an operator or of one of its states. A name that the \
            snapshot does not hold is refused, unless an earlier start of the same --data gave it up.

            \(RunOption.exitCodeHelp)
            """
    )

    @Argument(help: "The job's executable.")
    var job: String
    @Argument(parsing: .captureForPassthrough, help: "Options, and -- with the job's arguments.")
    var rest: [String] = []

    func run(_ console: Console) throws(WeirError) -> Int32 {
        // Mistakes in options are found before the job starts.
        let options = try RunOptions.parse(rest, program: "weir run \(job)")
        if job.hasSuffix(".sql") {
            throw WeirError(
                .usage,
                "\(job) is a SQL job, and this version of Weir does not run SQL.",
                position: job,
                reason: "Weir \(Version.current) runs jobs written in Swift.",
                fix: "Write the job against the Weir library and run its executable."
            )
        }
        guard let status = try console.world.files.status(job), !status.isDirectory else {
            throw WeirError(
                .usage,
                "There is no job at \(job).",
                position: job,
                fix: "Name the executable of a job, such as ./flights; options come after it."
            )
        }
        if !options.wantsHelp, !options.asksJobForHelp {
            _ = try options.resolveSettings(world: console.world)
        }
        try console.world.processes.replaceSelf(with: job, arguments: rest)
        return 0
    }
}
