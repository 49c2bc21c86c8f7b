import Testing
import Weir
import WeirSnapshot
import WeirTesting

@Suite("A fresh start over checkpoints")
struct FreshStartTests: TotalsSuite {
    /// A job with some checkpoints, whose process has ended, and the newest of them.
    private func begun(
        _ clicks: TestInput,
        _ output: TestOutput
    ) throws -> (job: JobDriver, newest: CheckpointID) {
        let job = totals(clicks, output.sink(name: "totals"), seed: 8)
        try job.start()
        job.run(for: .milliseconds(200))
        job.crash()
        return (job, try #require(try job.newestManifest).checkpoint)
    }

    private func goesOn(_ job: JobDriver, from checkpoint: CheckpointID) throws {
        job.options.isFresh = false
        job.options.settings.checkpointInterval = .milliseconds(20)
        try job.start()
        job.run(for: .milliseconds(50))
        let told = job.notices.joined(separator: "\n")
        #expect(told.contains("going on from checkpoint \(checkpoint) of /job"), "\(told)")
    }

    @Test("that ends before its first checkpoint gives nothing up, however often it is tried")
    func ended() throws {
        let clicks = Clicks(count: 400).input(seed: 2, isEnded: false)
        let (job, newest) = try begun(clicks, TestOutput())
        job.options.isFresh = true
        job.options.settings.checkpointInterval = .seconds(1000)
        for _ in 0..<2 {
            try job.start()
            job.run(for: .milliseconds(50))
            #expect(try job.newestManifest == nil)
            job.crash()
        }
        try goesOn(job, from: newest)
        #expect(try job.world.files.status("/job/set-aside") == nil)
    }

    @Test("forgets them with its own first checkpoint")
    func completed() throws {
        let clicks = Clicks(count: 400).input(seed: 3, isEnded: false)
        let (job, _) = try begun(clicks, TestOutput())
        job.options.isFresh = true
        try job.start()
        let own = try job.checkpoint().checkpoint
        job.run(for: .milliseconds(5))
        #expect(try job.world.files.status("/job/set-aside") == nil)
        job.crash()
        let newest = try #require(try job.newestManifest).checkpoint
        #expect(newest >= own)
        try goesOn(job, from: newest)
    }

    @Test("gives nothing up, at whatever operation the power is cut", arguments: 0..<60)
    func powerCuts(operation: Int) throws {
        let clicks = Clicks(count: 200).input(seed: 4, isEnded: false)
        let (job, newest) = try begun(clicks, TestOutput())
        job.options.isFresh = true
        job.options.settings.checkpointInterval = .seconds(1000)
        job.world.disk.cutPower(atOperation: operation)
        do {
            try job.start()
            job.run(for: .milliseconds(10))
        } catch {
            #expect(error.code == .fileFailed)
        }
        job.cutPower()
        try goesOn(job, from: newest)
    }

    @Test("is undone whole, at whatever operation the power is cut", arguments: 0..<60)
    func powerCutsBack(operation: Int) throws {
        let clicks = Clicks(count: 200).input(seed: 4, isEnded: false)
        let (job, newest) = try begun(clicks, TestOutput())
        job.options.isFresh = true
        job.options.settings.checkpointInterval = .seconds(1000)
        try job.start()
        job.run(for: .milliseconds(10))
        job.crash()
        job.options.isFresh = false
        job.world.disk.cutPower(atOperation: operation)
        do {
            try job.start()
            job.run(for: .milliseconds(10))
        } catch {
            #expect(error.code == .fileFailed)
        }
        job.cutPower()
        try goesOn(job, from: newest)
    }
}
