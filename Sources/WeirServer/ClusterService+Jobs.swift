import WeirControl
import WeirCore
import WeirJobManager
import WeirREST

extension ClusterService: ClusterGateway {
    // MARK: The cluster

    /// Numbers of task managers, slots and jobs.
    public func clusterOverview() async throws(WeirError) -> ClusterOverview {
        let states = await reports().map(\.state)
        let managers = await taskManagerSummaries()
        return ClusterOverview(
            taskManagers: managers.count,
            slotsTotal: managers.reduce(0) { $0 + $1.description.slots },
            slotsAvailable: managers.reduce(0) { $0 + $1.freeSlots },
            jobsRunning: states.count { !$0.isTerminal },
            jobsFinished: states.count { $0 == .finished },
            jobsCanceled: states.count { $0 == .canceled },
            jobsFailed: states.count { $0 == .failed }
        )
    }

    /// The settings of jobs, with their defaults.
    public func configuration() async throws(WeirError) -> [ConfigurationEntry] {
        SettingCatalogue.all.map { ConfigurationEntry(key: $0.key, value: $0.defaultText) }
    }

    /// All registered task managers.
    public func taskManagers() async throws(WeirError) -> [TaskManagerInfo] {
        let now = world.clock.wallMilliseconds()
        let jobs = await reports()
        return await taskManagerSummaries().map { $0.info(at: now, jobs: jobs) }
    }

    /// One task manager.
    public func taskManager(_ id: String) async throws(WeirError) -> TaskManagerInfo {
        guard let found = try await taskManagers().first(where: { $0.id == id }) else {
            throw WeirError(.resourceUnknown, "Task manager \(id) not found")
        }
        return found
    }

    /// Moves the work of a task manager elsewhere and gives it none any more.
    public func drainTaskManager(_ id: String) async throws(WeirError) {
        _ = try await taskManager(id)
        try await ask { manager.drain(id, $0) }
    }

    // MARK: Jobs

    /// All jobs that are known, the youngest first.
    public func jobs() async throws(WeirError) -> [JobSummary] {
        await reports().reversed().map(\.summary)
    }

    /// One job with its vertices, subtasks and plan.
    public func job(_ id: String) async throws(WeirError) -> JobDetails {
        try await report(id).details
    }

    /// What a job was started with.
    public func jobConfiguration(_ id: String) async throws(WeirError) -> JobConfiguration {
        let job = try await report(id)
        let settings = try job.resolvedSettings()
        return JobConfiguration(
            name: job.name,
            restartStrategy: settings.restartStrategy.rawValue,
            parallelism: settings.parallelism,
            userConfiguration: job.settings
        )
    }

    /// The failures of a job, the youngest first.
    public func failures(of id: String, limit: Int) async throws(WeirError) -> JobFailures {
        try await report(id).failures(limit: limit)
    }

    /// The last things that a person should know of a job, the youngest first.
    public func notices(of id: String) async throws(WeirError) -> [JobNotice] {
        try await report(id).notices.reversed().map { notice in
            JobNotice(time: notice.time, severity: .information, code: "", message: notice.text)
        }
    }

    /// Ends a job without a snapshot.
    public func cancel(_ id: String) async throws(WeirError) {
        let job = try await report(id).id
        try await ask { manager.cancel(job, $0) }
    }
}
