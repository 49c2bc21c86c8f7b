import Testing
import WeirCore
import WeirREST
import WeirSystem

/// `weir bench` with clusters of real processes, as small as they can be: figures, not how good they are.
@Suite("The benchmarks of weir", .serialized)
struct BenchVerbTests {
    /// Runs a test with a directory of its own.
    private static func with(_ test: @escaping @Sendable (RealTool) throws -> Void) async throws {
        try await OwnThread.run {
            let tool = try RealTool()
            defer { tool.remove() }
            try test(tool)
        }
    }

    /// Runs a benchmark, which must succeed; returns what it printed.
    private static func bench(_ tool: RealTool, _ arguments: [String]) throws -> JSONNode {
        let result = try tool.run(
            Products.path("weir"),
            ["bench"] + arguments + ["--memory", "128m", "--output", "json"],
            environment: ["TMPDIR": tool.directory]
        )
        try #require(result.status == .exited(0), "\(arguments): \(result.errors)")
        // Of the cluster nothing is left.
        #expect(try tool.world.files.list(tool.directory).filter { $0.hasPrefix("weir-") } == [])
        return try result.json()
    }

    @Test("startup tells how long a cluster and a job take, and the memory of an idle one")
    func startup() async throws {
        try await Self.with { tool in
            let answer = try Self.bench(tool, ["startup", "--runs", "1"])
            let starts = answer["starts"]?.elements ?? []
            #expect(starts.map { $0["count"]?.integer ?? 0 }.prefix(2) == [1, 1])
            #expect(answer["idleBytesOfAll"]?.integer ?? 0 > 10 << 20)
        }
    }

    @Test("latency tells percentiles, and draws them", arguments: ["counts", "sliding"])
    func latency(query: String) async throws {
        try await Self.with { tool in
            let plot = tool.directory + "/latency.svg"
            let answer = try Self.bench(
                tool,
                [
                    "latency", "--query", query, "--rate", "2000", "--keys", "20", "--warmup",
                    "0.5", "--seconds", "2", "--interval", "500ms", "--plot", plot,
                ]
            )
            let rows = answer["latency"]?.elements ?? []
            #expect(rows.first?["what"]?.text == "latency")
            #expect(rows.first?["count"]?.integer ?? 0 > 100)
            let text = String(decoding: try tool.world.files.readAll(plot), as: UTF8.self)
            #expect(text.ranges(of: "<polyline").count == 2)
        }
    }

    @Test("recovery kills one of each kind, and the gap of each ends")
    func recovery() async throws {
        try await Self.with { tool in
            let answer = try Self.bench(
                tool,
                ["recovery", "--state", "1m", "--kills", "3", "--interval", "100ms"]
            )
            let kills = answer["kills"]?.elements ?? []
            #expect(
                kills.map { $0["victim"]?.text } == ["worker", "taskmanager", "jobmanager"]
            )
            for kill in kills { #expect(kill["gapMs"] != nil, "\(kill)") }
            #expect(kills.last?["sameWorkers"]?.boolean == true)
        }
    }

    @Test("checkpoint tells durations and sizes")
    func checkpoint() async throws {
        try await Self.with { tool in
            let answer = try Self.bench(
                tool,
                [
                    "checkpoint", "--state", "1m", "--dirty", "10", "--rate", "5000",
                    "--checkpoints", "3", "--interval", "100ms",
                ]
            )
            #expect(answer["checkpoint"]?.elements.first?["count"]?.integer ?? 0 >= 3)
            #expect(answer["mostNewBytes"]?.integer ?? 0 > 0)
        }
    }

    @Test("an interrupt ends the cluster, too")
    func interrupt() async throws {
        try await Self.with { tool in
            let weir = Products.path("weir")
            let directory = tool.directory + "/kept"
            let running = try tool.start(
                weir,
                ["bench", "latency", "--seconds", "1000", "--directory", directory]
                    + ["--memory", "128m"]
            )
            try tool.until("it measures") {
                try tool.text(running.errors).contains("measuring")
            }
            _ = try tool.shell("kill -INT \(running.process.processID)")
            let result = try tool.wait(for: running, "weir bench")
            #expect(result.status == .exited(130), "\(result.errors)")
            let gone = try tool.run(weir, ["cluster", "status", "--data", directory + "/cluster"])
            #expect(gone.status == .exited(4), "\(gone.output)")
        }
    }

    @Test("what they cannot measure is refused")
    func refusals() async throws {
        try await Self.with { tool in
            for arguments in [
                ["recovery", "--state", "nothing"], ["checkpoint", "--dirty", "0"],
                ["startup", "--runs", "0"], ["latency", "-D", "nothing"],
                ["latency", "--query", "all"], ["latency", "--rate", "0"],
                ["recovery", "--kills=-1"], ["recovery", "--load", "0"],
                ["checkpoint", "--rate", "0"],
            ] {
                let result = try tool.run(Products.path("weir"), ["bench"] + arguments)
                #expect(result.status == .exited(2), "\(arguments): \(result.errors)")
            }
        }
    }
}
