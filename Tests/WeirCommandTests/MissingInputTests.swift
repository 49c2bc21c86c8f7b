import Testing
import Weir
import WeirSimulation
import WeirSystem
import WeirTesting

@Suite("A job whose input is missing")
struct MissingInputTests {
    @Test("weir run ends with 1 and one error that names the path and what to do")
    func command() async throws {
        defer { try? RealWorld().files.removeTree("/tmp/weir-missing-input") }
        let result = await #expect(
            processExitsWith: .exitCode(1),
            observing: [\.standardOutputContent, \.standardErrorContent]
        ) {
            try RealWorld().processes.replaceSelf(
                with: Products.path("weir"),
                arguments: [
                    "run", Products.path("flights"), "--", "--input", "/nowhere", "--output",
                    "/tmp/weir-missing-input",
                ]
            )
        }
        let text = String(decoding: try #require(result?.standardErrorContent), as: UTF8.self)
        #expect(text.contains("WR-FILE-002 The input /nowhere/"), "\(text)")
        #expect(text.contains("fix:   Give the path of a file or directory that exists."))
        #expect(!text.contains("starts again"), "\(text)")
        let parts = text.split(separator: "WR-FILE-002", omittingEmptySubsequences: false)
        #expect(parts.count == 2, "\(text)")
    }

    @Test("weir run ends at once if a file stands where a directory must be, and says what to do")
    func fileAsDirectory() async throws {
        let result = await #expect(
            processExitsWith: .exitCode(3),
            observing: [\.standardErrorContent]
        ) {
            try RealWorld().processes.replaceSelf(
                with: Products.path("weir"),
                arguments: ["run", Products.path("flights"), "--data", Products.path("flights")]
            )
        }
        let text = String(decoding: try #require(result?.standardErrorContent), as: UTF8.self)
        #expect(text.contains("WR-FILE-004 making directory /"), "\(text)")
        #expect(text.contains("fix:   Name another directory"), "\(text)")
    }

    @Test("fails at once if it may not read its input, and never did anything")
    func unreadable() throws {
        let visits = VisitJob("/data", seed: 5, milliseconds: 600)
        let job = driver(visits)
        try visits.writeInput(job.world.files)
        let fault = FileFault(.open, path: "/input/", isLasting: true, code: .fileRefused)
        job.world.disk.inject(fault)
        try job.start(parallelism: 2)
        guard case .failed(let error) = try job.finish() else {
            Issue.record("the job did not fail")
            return
        }
        #expect(error.code == .fileRefused)
        #expect(job.status.restarts == 0)
    }

    /// A job at the pace of life, so that it can be met in the middle.
    private func driver(_ visits: VisitJob) -> JobDriver {
        JobDriver(seed: 3, name: "visits") { visits.build($0, rowTime: .zero) }
    }

    @Test("fails at once if it never did anything, whatever the strategy")
    func neverBegun() throws {
        let job = driver(VisitJob("/data", seed: 5, milliseconds: 600))
        try job.start(parallelism: 2)
        guard case .failed(let error) = try job.finish() else {
            Issue.record("the job did not fail")
            return
        }
        #expect(error.code == .fileMissing)
        #expect(job.status.restarts == 0)
        #expect(job.status.completedCheckpoints == 0)
    }

    @Test("is started again if it was restored, until the file is back; the output is right")
    func restored() throws {
        let visits = VisitJob("/data", seed: 5, milliseconds: 600)
        let job = driver(visits)
        let disk = job.world.files
        try visits.writeInput(disk)
        try job.start(parallelism: 2)
        try job.checkpoint()
        job.crash()

        try disk.rename("/data/input/1.jsonl", "/data/aside")
        try job.start(parallelism: 2)
        let isTrying = job.run { job.status.restarts >= 3 }
        #expect(isTrying)
        #expect(job.notices.contains { $0.contains("/data/input/1.jsonl") })

        try disk.rename("/data/aside", "/data/input/1.jsonl")
        #expect(try job.finish() == .finished)
        let ledger = try visits.ledger(disk)
        #expect(ledger.isBalanced, "\(ledger)")
    }
}
