import Testing
import Weir
import WeirTesting

@Suite("A job whose disk is full")
struct StopOnFullDiskTests: TotalsSuite {
    /// The names of the directories of checkpoints, also of those without a file.
    private func directories(_ job: JobDriver) throws -> [String] {
        try job.world.files.list("/job/checkpoints").filter { $0.hasPrefix("chk-") }
    }

    @Test(
        "ends when it is asked to, with what is lost and what to do, and goes on later",
        arguments: [(false, false), (true, false), (false, true), (true, true)]
    )
    func stop(drain: Bool, isAtTheEnd: Bool) throws {
        let clicks = Clicks(count: 1500).input(seed: 1, isEnded: isAtTheEnd)
        let output = TestOutput()
        let job = totals(clicks, output.sink(name: "totals"), seed: 1)
        try job.start(parallelism: 2)
        _ = try job.checkpoint()
        job.world.disk.capacityBytes = 0
        // Long enough for the end of the input and for waits of a minute.
        job.run(for: isAtTheEnd ? .seconds(200) : .milliseconds(100))
        let last = try #require(try job.newestManifest?.checkpoint)
        guard case .failed(let error) = try job.stop(drain: drain) else {
            Issue.record("the job did not fail")
            return
        }
        #expect(error.code == .stopFailed)
        #expect(error.exitCode == 1)
        #expect(error.message.contains("3 tries in a row failed"))
        #expect(error.reason.contains("WR-FILE-003") || error.reason.contains("space"), "\(error)")
        #expect(error.fix.contains("it goes on from checkpoint \(last)"), "\(error)")
        #expect(try directories(job).count <= 4)
        job.world.disk.capacityBytes = nil
        try job.start(parallelism: 3)
        if !isAtTheEnd { clicks.end() }
        #expect(try job.finish() == .finished)
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test("and whose sink is on it, too, ends in bounded time when it is asked to")
    func sink() throws {
        let clicks = Clicks(count: 1500).input(seed: 2, isEnded: false)
        let sink = FileSink.description(
            FileSinkOptions("/out", format: .csv(CSVOptions())),
            schema: Total.schema
        )
        for wait in stride(from: 1, to: 400, by: 37) {
            let job = totals(clicks, sink, seed: UInt64(wait))
            try job.start(parallelism: 2)
            _ = try job.checkpoint()
            job.world.disk.capacityBytes = 0
            job.run(for: .milliseconds(wait))
            let before = job.world.clock.monotonicNanoseconds()
            let outcome = try job.stop()
            #expect(job.world.clock.monotonicNanoseconds() - before < 10_000_000_000)
            switch outcome {
            // While it waits for its next start there is nothing to save.
            case .suspended: break
            case .failed(let error): #expect(error.code == .stopFailed)
            case .finished, .cancelled: Issue.record("the job says that it has finished")
            }
        }
    }

    @Test("keeps a few directories of checkpoints whatever fails", arguments: [true, false])
    func bounded(isWholeDisk: Bool) throws {
        let clicks = Clicks(count: 500).input(seed: 3, isEnded: false)
        let output = TestOutput()
        let job = totals(clicks, output.sink(name: "totals"), seed: 3)
        try job.start(parallelism: 2)
        _ = try job.checkpoint()
        if isWholeDisk {
            job.world.disk.capacityBytes = 0
        } else {
            // Files of tasks are stored, manifests are not.
            job.world.disk.inject(
                FileFault(.link, path: "manifest", isLasting: true, code: .diskFull)
            )
        }
        var most = 0
        // Asked for, since those that come by themselves are a minute apart after a while.
        for _ in 0..<200 {
            let error = #expect(throws: WeirError.self) { try job.savepoint() }
            #expect(error?.code == .checkpointFailed || error?.code == .diskFull)
            most = max(most, try directories(job).count)
        }
        job.run(for: .milliseconds(200))
        #expect(job.status.failedCheckpoints >= 200)
        #expect(most <= 5)
        #expect(try job.world.files.list("/job/checkpoints/.writing").count <= 2)
        let notices = job.notices.filter { $0.contains("failed: ") }
        #expect(notices.count == job.status.failedCheckpoints)
        job.world.disk.capacityBytes = nil
        job.world.disk.removeFaults()
        clicks.end()
        #expect(try job.finish() == .finished)
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }
}
