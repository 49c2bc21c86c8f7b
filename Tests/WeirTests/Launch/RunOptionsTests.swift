import Testing
import Weir
import WeirCore

@Suite("Options of a run")
struct RunOptionsTests {
    @Test("all options are read, in both forms")
    func allOptions() throws {
        let options = try RunOptions.parse([
            "--parallelism", "2", "--data=/tmp/job", "--checkpoint-interval", "200ms", "--from",
            "/tmp/snapshot", "--drop-state", "a", "--drop-state=b",
            "--memory", "2g", "--name", "flights", "--output", "csv", "-D",
            "pipeline.max-parallelism=64", "-Dexecution.batch-capacity=1", "--", "--speed", "10",
        ])
        #expect(options.dataDirectory == "/tmp/job")
        #expect(options.snapshot == "/tmp/snapshot")
        #expect(options.droppedStates == ["a", "b"])
        #expect(options.name == "flights")
        #expect(options.outputFormat == .csv)
        #expect(options.jobArguments == ["--speed", "10"])
        #expect(
            options.definitions.map(\.key) == [
                "parallelism.default", "execution.checkpointing.interval",
                "taskmanager.memory.process.size", "pipeline.max-parallelism",
                "execution.batch-capacity",
            ]
        )
        #expect(options.definitions.map(\.text) == ["2", "200ms", "2g", "64", "1"])
        #expect(options.definitions[0].position == "argument 1 (--parallelism)")
    }

    @Test("no arguments are no options")
    func empty() throws {
        #expect(try RunOptions.parse([]) == RunOptions())
    }

    @Test(
        "help is asked for by both its names",
        arguments: ["--help", "-h"]
    )
    func help(flag: String) throws {
        #expect(try RunOptions.parse([flag]).wantsHelp)
    }

    @Test(
        "a wrong command line is refused with its place and the way out",
        arguments: [
            (["--paralelism", "2"], "argument 1 (--paralelism)", "Did you mean --parallelism?"),
            (["--fresh", "--dat", "x"], "argument 2 (--dat)", "Did you mean --data?"),
            (["--data"], "argument 1 (--data)", "Write --data DIR."),
            (["--data", "--", "x"], "argument 1 (--data)", "Write --data DIR."),
            (["--data="], "argument 1 (--data=)", "Write --data DIR."),
            (["--data", "a", "--data", "b"], "argument 3 (--data)", "Leave one of them out."),
            (["--fresh=1"], "argument 1 (--fresh=1)", "Write --fresh alone."),
            (["input.csv"], "argument 1 (input.csv)", "come after `--`: JOB -- input.csv"),
            (["--input", "x"], "argument 1 (--input)", "come after `--`: JOB -- --input x"),
            (["--input=x y"], "argument 1 (--input=x y)", "`--`: JOB -- '--input=x y'"),
            (
                ["--data", "d", "--speed", "2", "-D", "a=b", "--fresh", "--", "z"],
                "argument 3 (--speed)", ": JOB --data d -D a=b --fresh -- --speed 2 z"
            ),
            (["--output", "xml"], "argument 1 (--output)", "Write --output table|json|csv."),
            (["-D", "novalue"], "argument 1 (-D)", "Write, for example"),
            (["-D", "=1"], "argument 1 (-D)", "Write, for example"),
            (
                ["-D", "parallelism.defualt=1"], "argument 1 (-D)",
                "Did you mean parallelism.default?"
            ),
            (["--memory", "lots"], "argument 1 (--memory)", "Write, for example"),
            (["--parallelism", "0"], "argument 1 (--parallelism)", "Write, for example"),
            (["--fresh", "--from", "x"], "", "Leave one of them out."),
            (["--fresh", "--drop-state", "x"], "", "Leave one of them out."),
        ]
    )
    func refused(arguments: [String], position: String, fix: String) {
        let error = #expect(throws: WeirError.self) { try RunOptions.parse(arguments) }
        #expect(error?.position == position)
        #expect(error?.fix.contains(fix) == true, "\(error?.fix ?? "")")
        #expect(error?.message.isEmpty == false)
        #expect(error?.exitCode == 2)
    }

    @Test("what the job takes is told to be the job's, whatever option is near")
    func jobFlag() {
        let error = #expect(throws: WeirError.self) {
            try RunOptions.parse(["--dat", "1"], program: "flights", jobFlags: ["--dat"])
        }
        #expect(error?.message == "--dat is an argument of the job, not an option of the run.")
        #expect(error?.fix.hasSuffix("come after `--`: flights -- --dat 1") == true)
    }

    @Test("help may be asked for behind -- as well")
    func jobHelp() throws {
        #expect(try RunOptions.parse(["--", "--help"]).asksJobForHelp)
        #expect(try RunOptions.parse(["--data", "d", "--", "--speed", "--help"]).asksJobForHelp)
        #expect(try RunOptions.parse(["--", "-h"]).asksJobForHelp)
        #expect(try !RunOptions.parse(["--", "--host", "-h"]).asksJobForHelp)
    }

    @Test("an unknown option is a usage error")
    func usage() {
        let error = #expect(throws: WeirError.self) { try RunOptions.parse(["--unknown"]) }
        #expect(error?.code == .usage)
    }

    @Test("the help names every option")
    func helpText() {
        for option in RunOption.all { #expect(RunOption.help.contains("  \(option.flag)")) }
    }
}
