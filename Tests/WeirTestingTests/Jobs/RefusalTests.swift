import Testing
import Weir
import WeirTesting

@Suite("A job that cannot run")
struct RefusalTests {
    private func counts(_ clicks: TestInput, _ output: TestOutput) -> JobDriver {
        JobDriver(name: "counts") { program in
            program.from(clicks.source(name: "clicks"), as: Click.self)
                .keyBy(Click.user)
                .window(.tumbling(every: .seconds(1)))
                .aggregate(.count(), to: Total.self) { count, click, _, row in
                    row[Total.user] = click[Click.user]
                    row[Total.sum] = count
                }
                .sink(output.sink(name: "counts"))
        }
    }

    @Test("since its rows have no event times says so, after it was tried again")
    func noEventTimes() throws {
        let clicks = TestInput(Click.schema)
        clicks.push([1, 2], at: EventTimes.minimum)
        clicks.end()
        let job = counts(clicks, TestOutput())
        try job.start()
        guard case .failed(let error) = try job.finish() else {
            Issue.record("the job did not fail")
            return
        }
        #expect(error.code == .jobFailed)
        #expect(error.message.contains("event time"))
        #expect(error.fix.contains("watermark strategy"))
        #expect(job.status.restarts == 2)
    }

    @Test("since another process has its directory is refused, until that ends")
    func directoryInUse() throws {
        let clicks = Clicks(count: 100).input(seed: 1)
        let output = TestOutput()
        let job = counts(clicks, output)
        try job.start()
        let program = StreamExecutionEnvironment(name: "other")
        program.from(clicks.source(name: "clicks"), as: Click.self)
            .sink(TestOutput().sink(name: "other"))
        let other = try program.makeProgram()
        let engine = EmbeddedEngine(world: job.world)
        let error = #expect(throws: WeirError.self) {
            try engine.start(other, options: job.options)
        }
        #expect(error?.code == .dataDirectoryInUse)
        #expect(error?.message.contains("/job") == true)
        job.crash()
        try job.start()
        #expect(try job.finish() == .finished)
    }

    @Test("is a program without operators, and one that joins windows that cannot be joined")
    func badPrograms() throws {
        let empty = JobDriver(name: "empty") { _ in }
        let error = #expect(throws: WeirError.self) { try empty.start() }
        #expect(error?.code == .badGraph)
        let clicks = Clicks(count: 10).input(seed: 1)
        let sessions = JobDriver(name: "sessions") { program in
            let keyed = program.from(clicks.source(name: "clicks"), as: Click.self)
                .keyBy(Click.user)
            keyed.join(keyed, window: .session(gap: .seconds(1)), to: Total.self) { _, _, _ in }
                .sink(TestOutput().sink(name: "out"))
        }
        try sessions.start()
        guard case .failed(let failure) = try sessions.finish() else {
            Issue.record("the job did not fail")
            return
        }
        #expect(failure.code == .badGraph)
    }
}
