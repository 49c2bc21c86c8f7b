import Foundation
import Synchronization
import Weir

/// A benchmark's job while it runs in this process.
final class JobRun: Sendable {
    let tally: Tally
    private let job: RunningJob
    private let ending: Ending

    /// Builds a program by `build` and starts it; its sink fills `tally`.
    init(
        _ tally: Tally,
        settings: JobSettings,
        directory: String,
        _ build: (StreamExecutionEnvironment) throws -> Void
    ) throws {
        self.tally = tally
        let program = StreamExecutionEnvironment(name: "benchmark")
        try build(program)
        var options = EmbeddedEngine.Options()
        options.settings = settings
        options.dataDirectory = directory
        let job = try EmbeddedEngine().start(
            program.makeProgram(),
            options: options,
            onNotice: { FileHandle.standardError.write(Data("    \($0)\n".utf8)) }
        )
        let ending = Ending()
        Thread.detachNewThread {
            let (outcome, status) = job.wait()
            ending.set(outcome, status)
        }
        self.job = job
        self.ending = ending
    }

    /// Settings of benchmarks: a checkpoint each second, `memory` MiB, no restarts.
    static func settings(memory: Int) -> JobSettings {
        var settings = JobSettings()
        settings.memory = .mebibytes(memory)
        settings.restartStrategy = .none
        return settings
    }

    /// Waits until the job has processed so many events.
    func waitForEvents(_ count: Int64) throws {
        try wait { tally.counts.events >= count }
    }

    /// Waits for a condition, looking twenty times a second; fails if the job ends before.
    func wait(until isReached: () -> Bool) throws {
        while !isReached() {
            guard ending.value == nil else {
                throw BenchmarkFailure(
                    "The job has ended too early: \(String(describing: ending.value))"
                )
            }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    /// Waits for the end of the input.
    func finish() throws -> JobStatus {
        let (outcome, status) = ending.wait()
        guard outcome == .finished else { throw BenchmarkFailure("The job: \(outcome)") }
        return status
    }

    /// Stops the job where it is; a last checkpoint holds what it has done.
    func stop() throws {
        job.stop()
        let (outcome, _) = ending.wait()
        guard outcome == .suspended else { throw BenchmarkFailure("The job: \(outcome)") }
    }
}

/// How a job ended; set by one thread, awaited by another.
private final class Ending: Sendable {
    private let result = Mutex<(JobOutcome, JobStatus)?>(nil)
    private let done = DispatchSemaphore(value: 0)

    var value: (JobOutcome, JobStatus)? { result.withLock { $0 } }

    func set(_ outcome: JobOutcome, _ status: JobStatus) {
        result.withLock { $0 = (outcome, status) }
        done.signal()
    }

    func wait() -> (JobOutcome, JobStatus) {
        done.wait()
        done.signal()
        return value ?? (.suspended, JobStatus())
    }
}
