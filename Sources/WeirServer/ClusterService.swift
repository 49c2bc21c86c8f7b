import WeirControl
import WeirCore
import WeirJobManager
import WeirREST

/// A job manager as the REST server asks it.
///
/// Questions go to the job manager's thread and are answered there; what becomes of the answers is made
/// here, on the server's threads.
public struct ClusterService: Sendable {
    let world: any World
    let manager: RunningJobManager
    let store: ArtifactStore
    let programs: JobPrograms
    let planner: JobPlanner
    /// Held while files of savepoints are copied or removed: two that share a file must not do both.
    let savepoints = SavepointFiles()

    /// The service of a job manager that runs, with its directory.
    public init(world: any World, manager: RunningJobManager, directory: String) {
        self.world = world
        self.manager = manager
        store = ArtifactStore(world: world, directory: directory + "/artifacts")
        programs = JobPrograms(world: world, directory: directory + "/programs")
        planner = JobPlanner(world: world, directory: directory + "/plans")
    }

    /// All jobs, in the order of their submission.
    func reports() async -> [JobReport] {
        await withCheckedContinuation { answer in
            manager.jobs { answer.resume(returning: $0) }
        }
    }

    /// One job.
    ///
    /// - Throws: `resourceUnknown`.
    func report(_ id: String) async throws(WeirError) -> JobReport {
        guard let job = JobID(id), let report = await reports().first(where: { $0.id == job })
        else {
            throw WeirError(.resourceUnknown, "Job \(id) not found")
        }
        return report
    }

    func taskManagerSummaries() async -> [TaskManagerSummary] {
        await withCheckedContinuation { answer in
            manager.taskManagers { answer.resume(returning: $0) }
        }
    }

    /// Waits for what the job manager answers.
    func ask<Value: Sendable>(
        _ question: (@escaping @Sendable (Result<Value, WeirError>) -> Void) -> Void
    ) async throws(WeirError) -> Value {
        let result: Result<Value, WeirError> = await withCheckedContinuation { answer in
            question { answer.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Runs work that waits for the disk or for a process.
    func inBackground<Value: Sendable>(
        _ work: @escaping @Sendable () throws(WeirError) -> Value
    ) async throws(WeirError) -> Value {
        let result = await withCheckedContinuation { continuation in
            world.threads.background {
                continuation.resume(returning: Result { () throws(WeirError) in try work() })
            }
        }
        return try result.get()
    }
}
