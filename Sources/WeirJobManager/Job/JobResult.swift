import Synchronization
import WeirControl
import WeirCore

/// Where a job's control leaves what came of it, for those who wait.
public final class JobResult: Sendable {
    private let stored = Mutex<(JobOutcome, JobStatus)?>(nil)

    /// Nothing yet.
    public init() {}

    /// Leaves what came of the job.
    public func set(_ outcome: JobOutcome, _ status: JobStatus) {
        stored.withLock { $0 = (outcome, status) }
    }

    /// What came of the job; a job whose thread ended without a word has a bug.
    public var value: (outcome: JobOutcome, status: JobStatus) {
        stored.withLock { $0 }
            ?? (
                .failed(WeirError(.jobFailed, "The job's control ended early.", kind: .bug)),
                JobStatus()
            )
    }
}
