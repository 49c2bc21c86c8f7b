import Testing
import WeirCore
import WeirREST
import WeirSystem

/// `weir prove` with clusters of real processes and the main job.
@Suite("weir prove", .serialized)
struct ProveVerbTests {
    private static func with(_ test: @escaping @Sendable (RealTool) throws -> Void) async throws {
        try await OwnThread.run {
            let tool = try RealTool()
            defer { tool.remove() }
            try test(tool)
        }
    }

    /// Proves the main job, with `output` for its output directory.
    private static func prove(
        _ tool: RealTool,
        output: String,
        _ options: [String]
    ) throws -> RealTool.Result {
        let run = try FlightsRun(tool, speed: 2_000_000)
        return try tool.run(
            Products.path("weir"),
            ["prove", Products.path("flights"), "--header", "--interval", "200ms"]
                + ["--memory", "256m", "--output", "json"] + options + ["--"]
                + run.arguments.map { $0 == run.output ? output : $0 },
            environment: ["TMPDIR": tool.directory]
        )
    }

    @Test("kills processes, finds the output exact, and writes a certificate")
    func exact() async throws {
        try await Self.with { tool in
            let certificate = tool.directory + "/proof.json"
            let result = try Self.prove(
                tool,
                output: "{output}",
                ["--kills", "2", "--seed", "3", "--certificate", certificate]
            )
            try #require(result.status == .exited(0), "\(result.errors)")
            let proof = try result.json()
            #expect(proof["verdict"]?.text == "exact")
            #expect(proof["kills"]?.elements.count == 2)
            #expect(proof["rowsOfARun"]?.integer ?? 0 > 1000)
            #expect(try tool.text(certificate) == result.output)
            #expect(result.errors.contains("2 of 2 kills"))
            let left = try tool.world.files.list(tool.directory)
            #expect(left.filter { $0.hasPrefix("weir-") } == [])
        }
    }

    @Test("refuses a job that commits nothing where it should")
    func nothingCommitted() async throws {
        try await Self.with { tool in
            let elsewhere = tool.directory + "/x{output}"
            let result = try Self.prove(tool, output: elsewhere, ["--kills", "1"])
            #expect(result.status == .exited(3), "\(result.errors)")
            #expect(result.errors.contains(ErrorCode.notProvable.id), "\(result.errors)")
        }
    }

    @Test("needs a place for the output, and a job")
    func usage() async throws {
        try await Self.with { tool in
            let weir = Products.path("weir")
            for arguments in [
                [Products.path("flights"), "--", "--output", "/tmp/x"],
                [tool.directory + "/nothing", "--", "{output}"],
                [Products.path("flights"), "--kills", "0", "--", "{output}"],
            ] {
                let result = try tool.run(weir, ["prove"] + arguments)
                #expect(result.status == .exited(2), "\(arguments): \(result.errors)")
            }
        }
    }
}
