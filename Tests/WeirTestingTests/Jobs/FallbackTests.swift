import Testing
import Weir
import WeirSnapshot
import WeirTesting

@Suite("The fallback copy of a job")
struct FallbackTests {
    private func totals(_ clicks: TestInput, _ output: TestOutput) -> JobDriver {
        let job = JobDriver(seed: 3, name: "totals") { program in
            program.from(clicks.source(name: "clicks"), as: Click.self)
                .keyBy(Click.user)
                .aggregate(.sum(Click.amount), to: Total.self) { sum, click, row in
                    row[Total.user] = click[Click.user]
                    row[Total.sum] = sum
                }
                .sink(output.sink(name: "totals"))
        }
        job.options.settings.fallbackInterval = .milliseconds(200)
        return job
    }

    private func copied(_ job: JobDriver) throws -> CheckpointID? {
        try job.fallback.list().first { $0.state == .complete }?.checkpoint
    }

    @Test("is made after the first checkpoint and again each interval, also over restarts")
    func cadence() throws {
        let clicks = TestInput(Click.schema)
        let job = totals(clicks, TestOutput())
        try job.start(parallelism: 2)
        var copies: [CheckpointID?] = []
        for _ in 0..<60 {
            job.run(for: .milliseconds(10))
            let copy = try copied(job)
            if copies.last != copy { copies.append(copy) }
        }
        // About the 1st, 11th and 21st of 30 checkpoints.
        #expect(copies.count == 4 && copies[0] == nil, "\(copies)")
        #expect(copies[1] == CheckpointID(1))
        let before = try copied(job)
        job.crash()
        try job.start(parallelism: 1)
        job.run(for: .milliseconds(150))
        #expect(try copied(job) == before)
        job.run(for: .milliseconds(150))
        #expect(try copied(job) != before)
        clicks.end()
        #expect(try job.finish() == .finished)
    }

    @Test("is not made where the interval is zero, and --fresh removes it")
    func none() throws {
        let clicks = TestInput(Click.schema)
        let job = totals(clicks, TestOutput())
        job.options.settings.fallbackInterval = .zero
        try job.start()
        job.run(for: .milliseconds(300))
        #expect(try copied(job) == nil)
        job.crash()
        job.options.settings.fallbackInterval = .seconds(1)
        try job.start()
        _ = try job.checkpoint()
        job.run(for: .milliseconds(50))
        #expect(try copied(job) != nil)
        job.crash()
        job.options.isFresh = true
        job.options.settings.fallbackInterval = .zero
        try job.start()
        job.run(for: .milliseconds(100))
        #expect(try copied(job) == nil)
        clicks.end()
        #expect(try job.finish() == .finished)
    }

    @Test("without it, damage to what all checkpoints share is refused with the file's name")
    func refused() throws {
        let clicks = Clicks(count: 400).input(seed: 2, isEnded: false)
        let job = totals(clicks, TestOutput())
        job.options.settings.fallbackInterval = .zero
        try job.start()
        job.run(for: .milliseconds(400))
        job.crash()
        for entry in try job.checkpoints.list() where entry.state == .complete {
            try job.world.files.remove("/job/checkpoints/chk-\(entry.checkpoint)/manifest")
        }
        try job.start()
        guard case .failed(let error) = try job.finish() else {
            Issue.record("the job did not fail")
            return
        }
        #expect(error.code == .noSnapshot)
        #expect("\(error)".contains("/manifest"))
        #expect(error.fix.contains("--from") && error.fix.contains("--fresh"))
    }
}
