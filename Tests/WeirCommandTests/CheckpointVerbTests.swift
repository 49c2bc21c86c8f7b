import Testing
import WeirCore
import WeirSimulation
import WeirSnapshot

@Suite("weir checkpoint")
struct CheckpointVerbTests {
    /// A job with checkpoints 1 and 2.
    private func job() throws -> ToolRun {
        let tool = ToolRun()
        try tool.publish(1)
        try tool.publish(2)
        return tool
    }

    /// The only file of checkpoint 2 that is neither manifest nor marker.
    private func file(_ tool: ToolRun) throws -> String {
        let names = try tool.world.files.list("job/checkpoints/chk-2")
        return "job/checkpoints/chk-2/" + (try #require(names.first { $0.hasSuffix("channel") }))
    }

    @Test("ls lists checkpoints, newest first, by any name of the place")
    func list() throws {
        let tool = try job()
        let expected = tool.run("checkpoint ls job --output csv")
        #expect(expected.code == 0)
        let lines = expected.output.split(separator: "\r\n")
        #expect(lines.count == 3)
        #expect(lines[0] == "checkpoint,state,purpose,completed,milliseconds,files,bytes,pinned")
        #expect(lines[1].hasPrefix("2,complete,checkpoint,1970-01-01"))
        #expect(lines[1].hasSuffix(",250,2,100,false"))
        #expect(lines[2].hasPrefix("1,complete,"))
        for name in ["job/", "job/checkpoints", "job/checkpoints/chk-1"] {
            #expect(tool.run("checkpoint ls \(name) --output csv").output == expected.output)
        }
    }

    @Test("ls calls retired what retention gave up, and unfinished what was aborted")
    func retired() throws {
        let tool = ToolRun()
        try tool.publish(1)
        try tool.publish(3, using: 1)
        let store = LocalFileStore(world: tool.world, directory: "job/checkpoints")
        try CheckpointStore(store).clean(attempt: Attempt(1), keeping: 1)
        let name = CheckpointNames.task(
            CheckpointID(4),
            Attempt(1),
            OperatorID(path: "count"),
            subtask: 0,
            kind: "channel"
        )
        try store.putIfAbsent(name, bytes: [1])
        let lines = tool.run("checkpoint ls job --output csv").output.split(separator: "\r\n")
        #expect(
            lines.dropFirst().map { $0.split(separator: ",")[0...1].joined(separator: " ") }
                == ["4 unfinished", "3 complete", "1 retired"]
        )
    }

    @Test("show tells what a checkpoint consists of; a directory means its newest")
    func show() throws {
        let tool = try job()
        let newest = tool.run("checkpoint show job")
        #expect(newest.code == 0)
        #expect(newest.output.contains("\"checkpoint\": 2"))
        #expect(newest.output.contains("\"jobId\": \"0123456789abcdef0123456789abcdef\""))
        #expect(newest.output.contains("{\"operator\": \"count\""))
        #expect(newest.output.contains("\"inFlight\": 1"))
        let first = tool.run("checkpoint show job/checkpoints/chk-1 --output table").output
        #expect(first.contains("checkpoint           1\n"))
        #expect(first.contains("operator  id"))
    }

    @Test("fsck finds nothing wrong with sound checkpoints")
    func sound() throws {
        let result = try job().run("checkpoint fsck job --output csv")
        #expect(result.code == 0)
        let lines = result.output.split(separator: "\r\n")
        #expect(lines.count == 3)
        #expect(lines.dropFirst().allSatisfy { $0.contains(",true,2,") })
    }

    @Test("fsck names a file that is cut, changed or missing, and ends with 1")
    func damaged() throws {
        for damage in 0..<3 {
            let tool = try job()
            let path = try file(tool)
            switch damage {
            case 0: try tool.world.files.replaceAll(path, with: [7, 7])
            case 1:
                try tool.world.files.replaceAll(
                    path,
                    with: [8] + [UInt8](repeating: 7, count: 99)
                )
            default: try tool.world.files.remove(path)
            }
            let all = tool.run("checkpoint fsck job --output csv")
            #expect(all.code == 1)
            let name = path.split(separator: "/").suffix(2).joined(separator: "/")
            #expect(all.output.contains("2,false,2,"))
            #expect(all.output.contains(name))
            #expect(all.output.contains("1,true,2,"))
            #expect(tool.run("checkpoint fsck job/checkpoints/chk-1").code == 0)
            #expect(tool.run("checkpoint fsck job/checkpoints/chk-2").code == 1)
        }
    }

    @Test("fsck of a job's directory checks the fallback copy as well, and tells which is which")
    func fallback() throws {
        let tool = try job()
        let store = LocalFileStore(world: tool.world, directory: "job/checkpoints")
        let copies = LocalFileStore(world: tool.world, directory: "job/fallback")
        try FallbackCopy(of: CheckpointStore(store), in: CheckpointStore(copies))
            .refresh(CheckpointID(2))
        let sound = tool.run("checkpoint fsck job --output csv")
        #expect(sound.code == 0)
        #expect(sound.output.contains("2,true,2,"))
        #expect(sound.output.contains(",fallback\r\n"))
        let path = try file(tool).replacing("job/checkpoints", with: "job/fallback")
        try tool.world.files.replaceAll(path, with: [7, 7])
        let damaged = tool.run("checkpoint fsck job --output csv")
        #expect(damaged.code == 1)
        let lines = damaged.output.split(separator: "\r\n").filter { $0.contains(",false,") }
        #expect(lines.count == 1)
        #expect(lines[0].hasPrefix("2,") && lines[0].hasSuffix(",fallback"))
        #expect(tool.run("checkpoint fsck job/checkpoints").code == 0)
        #expect(tool.run("checkpoint ls job/fallback --output csv").output.contains("2,complete,"))
    }

    @Test("a damaged manifest is listed as such, and fsck and show name it")
    func damagedManifest() throws {
        let tool = try job()
        try tool.world.files.replaceAll("job/checkpoints/chk-2/manifest", with: [1, 2, 3])
        #expect(tool.run("checkpoint ls job --output csv").output.contains("2,damaged,"))
        let result = tool.run("checkpoint fsck job --output csv")
        #expect(result.code == 1)
        #expect(result.output.contains("chk-2/manifest"))
        let shown = tool.run("checkpoint show job")
        #expect(shown.code == 1)
        #expect(shown.errors.contains("job/checkpoints/chk-2/manifest"))
    }

    @Test("a place without checkpoints is refused", arguments: ["ls", "show", "fsck"])
    func nothing(verb: String) {
        let result = ToolRun().run("checkpoint \(verb) nowhere")
        #expect(result.code == 3)
        #expect(result.errors.contains("nowhere"))
        #expect(result.errors.contains("  fix:   "))
    }
}
