import Synchronization
import WeirCore

/// What belongs to a job in this process from its start to its end, over all attempts.
public final class JobScope: Sendable {
    /// The job.
    public let id: JobID
    private let locks = Mutex<[String: any FileLock]>([:])

    /// The scope of a job that starts.
    public init(_ id: JobID) { self.id = id }

    /// Holds a lock until the job ends in this process; `take` takes it, the first time only.
    public func hold(
        _ name: String,
        _ take: () throws(WeirError) -> any FileLock
    ) throws(WeirError) {
        try locks.withLock { held throws(WeirError) in
            if held[name] == nil { held[name] = try take() }
        }
    }

    /// The job ends: gives up what is held.
    public func release() {
        let held = locks.withLock { held in
            defer { held = [:] }
            return held
        }
        for lock in held.values { lock.release() }
    }
}
