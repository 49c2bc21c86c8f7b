import Testing
import WeirCore
import WeirSimulation
import WeirSystem

@Suite("The command line of weir")
struct WeirToolTests {
    @Test("version is JSON in a pipe and text on a terminal")
    func version() {
        let tool = ToolRun()
        #expect(tool.run("version").output == "{\n  \"version\": \"0.1.0\"\n}\n")
        #expect(tool.run("version --output csv").output == "version\r\n0.1.0\r\n")
        tool.world.process.columns = 80
        #expect(tool.run("version").output == "version  0.1.0\n")
    }

    @Test(
        "every verb has help with an example, and asking for it succeeds",
        arguments: [
            "run", "checkpoint", "checkpoint ls", "checkpoint show", "checkpoint fsck", "config",
            "config explain", "version", "jobmanager", "taskmanager", "taskmanager run",
            "taskmanager drain", "cluster", "cluster start", "cluster stop", "cluster status",
            "submit", "list", "status", "cancel", "stop", "savepoint", "rescale",
        ]
    )
    func help(verb: String) {
        let result = ToolRun().run("help \(verb)")
        #expect(result.code == 0)
        #expect(result.errors.isEmpty)
        #expect(result.output.contains("weir \(verb) ") || result.output.contains("weir \(verb)\n"))
    }

    @Test("weir alone shows its verbs")
    func alone() {
        let result = ToolRun().run("")
        #expect(result.code == 0)
        #expect(result.output.contains("checkpoint"))
    }

    @Test(
        "a wrong command line ends with 2 and says what to do",
        arguments: [
            ("chekpoint ls x", "Did you mean `weir checkpoint`?"),
            ("version --output xml", "See `weir help`"),
            ("checkpoint ls", "See `weir help`"),
            ("config explain paralelism.default", "Did you mean parallelism.default?"),
            ("run", "See `weir help`"),
            ("run ./job --paralelism 2", "Did you mean --parallelism?"),
            ("run ./job --input x --data d", ": weir run ./job --data d -- --input x\n"),
            ("run ./missing", "Name the executable of a job"),
            ("run job.sql", "run its executable"),
        ]
    )
    func wrong(line: String, fix: String) {
        let result = ToolRun().run(line)
        #expect(result.code == 2)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("  fix:   "))
        #expect(result.errors.contains(fix), "\(result.errors)")
    }

    @Test("run becomes the job's executable with the same options")
    func run() throws {
        let tool = ToolRun()
        try tool.write("flights", "binary")
        let result = tool.run("run flights --data d --parallelism 2 -D a=b -- --speed 3")
        #expect(result.code == 2)
        #expect(tool.world.process.replacement == nil)

        let options = "--data d --parallelism 2 -D execution.batch-capacity=7 -- --speed 3"
        #expect(tool.run("run flights \(options)").code == 0)
        #expect(
            tool.world.process.replacement
                == ["flights"] + options.split(separator: " ").map(String.init)
        )
    }

    @Test("run refuses settings that do not fit together before the job starts")
    func runChecksSettings() throws {
        let tool = ToolRun()
        try tool.write("flights", "binary")
        try tool.write("weir.yaml", "pipeline.max-parallelism: 4\n")
        let result = tool.run("run flights --parallelism 8")
        #expect(result.code == 2)
        #expect(result.errors.contains("argument 1 (--parallelism)"))
        #expect(tool.world.process.replacement == nil)
    }

    @Test("config shows where each value comes from")
    func config() throws {
        let tool = ToolRun()
        try tool.write("weir.yaml", "execution.batch-capacity: 64\n")
        tool.world.process.variables["WEIR_PARALLELISM_DEFAULT"] = "3"
        let lines = tool.run("config --output csv").output.split(separator: "\r\n")
        #expect(lines.first == "key,value,default,type,from,meaning")
        #expect(
            lines.contains {
                $0.hasPrefix("execution.batch-capacity,64,1024,integer,weir.yaml:1:1,")
            }
        )
        #expect(
            lines.contains {
                $0.hasPrefix(
                    "parallelism.default,3,1,integer,environment WEIR_PARALLELISM_DEFAULT,"
                )
            }
        )
        let explained = tool.run("config explain execution.batch-capacity --output table").output
        #expect(explained.contains("range        1 to 65536\n"))
        #expect(explained.contains("from         weir.yaml:1:1\n"))
    }

    @Test(
        "a failed write to standard output is told, and ends with 1",
        arguments: [
            "", "help run", "--help", "version", "config", "config explain parallelism.default",
            "checkpoint ls job", "checkpoint show job", "checkpoint fsck job",
        ]
    )
    func failedOutput(line: String) throws {
        let tool = ToolRun()
        try tool.publish(1)
        tool.world.process.outputFailure = WeirError(.diskFull, "writing failed")
        let result = tool.run(line)
        #expect(result.code == 1)
        #expect(result.errors == "WR-FILE-003 writing failed\n")
    }

    @Test("standard output that is full ends with 1, and one that nobody reads with nothing said")
    func realOutputs() async throws {
        let result = await #expect(
            processExitsWith: .success,
            observing: [\.standardOutputContent, \.standardErrorContent]
        ) {
            let script = """
                "$0" config > /dev/full
                echo "full $?"
                (trap '' PIPE; "$0" config; echo "closed $?" >&2) | true
                """
            try RealWorld().processes.replaceSelf(
                with: "/bin/sh",
                arguments: ["-c", script, Products.path("weir")]
            )
        }
        let output = String(decoding: try #require(result?.standardOutputContent), as: UTF8.self)
        #expect(output == "full 1\n")
        let errors = String(decoding: try #require(result?.standardErrorContent), as: UTF8.self)
        #expect(errors.contains("WR-FILE-003 writing to standard output failed"), "\(errors)")
        #expect(errors.hasSuffix("closed 0\n"), "\(errors)")
    }

    @Test("a variable of the environment that is no setting is refused by run and config")
    func unknownVariable() throws {
        let tool = ToolRun()
        try tool.write("flights", "binary")
        tool.world.process.variables["WEIR_PARALELISM_DEFAULT"] = "3"
        for line in ["run flights", "config"] {
            let result = tool.run(line)
            #expect(result.code == 2)
            #expect(result.errors.contains("Did you mean WEIR_PARALLELISM_DEFAULT?"))
        }
        #expect(tool.world.process.replacement == nil)
    }

    @Test("a bad weir.yaml is refused with line and column")
    func badFile() throws {
        let tool = ToolRun()
        try tool.write("weir.yaml", "# one\nexecution.batch-capacty: 64\n")
        let result = tool.run("config")
        #expect(result.code == 2)
        #expect(result.errors.contains("where: weir.yaml:2:1"))
        #expect(result.errors.contains("Did you mean execution.batch-capacity?"))
    }
}
