import Testing
import Weir
import WeirTesting

@Suite("State that is to be given up")
struct DropStateTests {
    private let clicks = Clicks(count: 120, users: 7).input(seed: 3, isEnded: false)
    private let output = TestOutput()

    /// A job that was stopped, of which `change` is made for the next start.
    private func stopped(
        _ change: @escaping (inout EditedJob) -> Void = { _ in }
    ) throws -> JobDriver {
        var edited = EditedJob()
        let job = JobDriver(name: "edited") { [clicks, output] program in
            edited.build(program, clicks, output, TestOutput())
        }
        try job.start(parallelism: 2)
        let hasCommitted = job.run { !output.committed.isEmpty }
        #expect(hasCommitted)
        // A last checkpoint, so that the sink owes nothing.
        #expect(try job.stop() == .suspended)
        change(&edited)
        return job
    }

    private func refusal(_ job: JobDriver, _ name: String) throws -> WeirError {
        job.options.droppedStates = [name]
        try job.start()
        guard case .failed(let error) = try job.finish() else {
            Issue.record("the start was not refused")
            return WeirError(.jobFailed, "")
        }
        #expect(error.exitCode == 3)
        return error
    }

    @Test("under a name that the snapshot does not hold is refused, with those that it holds")
    func typo() throws {
        let error = try refusal(try stopped(), "numberin")
        #expect(error.code == .noStateToDrop)
        #expect(error.message.contains("holds no state numberin "))
        #expect(error.reason == "It holds: accumulator, count, processing-timers, timers.")
    }

    @Test("of an operator that is in the job is refused: it goes on with its state")
    func kept() throws {
        let error = try refusal(try stopped(), "numbering")
        #expect(error.code == .noStateToDrop)
        #expect(error.reason.contains("goes on with its state"))
    }

    @Test("at a first start is refused: there is none")
    func firstStart() throws {
        let job = JobDriver(name: "edited") { [clicks, output] program in
            EditedJob().build(program, clicks, output, TestOutput())
        }
        let error = try refusal(job, "numbering")
        #expect(error.code == .noStateToDrop)
        #expect(error.message.contains("no checkpoint"))
    }

    @Test("may be named again by the same command line after it was given up, which is told")
    func again() throws {
        let job = try stopped { $0.numberingName = "counting" }
        job.options.droppedStates = ["numbering"]
        for _ in 0..<3 {
            try job.start()
            job.run(for: .milliseconds(3))
            job.crash()
        }
        try job.start()
        try job.checkpoint()
        job.crash()
        let before = job.notices.filter { $0.contains("it was given up before") }.count
        try job.start()
        try job.checkpoint()
        let told = job.notices.filter { $0.contains("numbering: it was given up before") }
        #expect(told.count == before + 1)
        clicks.end()
        #expect(try job.finish() == .finished)
    }

    @Test("a start from a checkpoint, and a restart, say which one it is; a first start does not")
    func resumeIsTold() throws {
        let job = JobDriver(name: "edited") { [clicks, output] program in
            EditedJob().build(program, clicks, output, TestOutput())
        }
        try job.start()
        try job.checkpoint()
        #expect(job.notices.allSatisfy { !$0.contains("going on") })
        job.crash()
        let newest = try #require(try job.newestManifest?.checkpoint)
        try job.start()
        job.run(for: .milliseconds(1))
        #expect(job.notices.contains("going on from checkpoint \(newest) of /job"))
    }
}
