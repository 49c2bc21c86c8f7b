import WeirCore

/// What the REST server asks of a cluster; the server knows nothing of how one works.
///
/// Ids of jobs, vertices and operations are 32 lower-case hexadecimal digits, since Flink's clients
/// parse them; ids of task managers and artifacts are any text without a slash. Times are milliseconds
/// since the epoch. All functions may be called at the same time.
///
/// What does not exist is thrown as `resourceUnknown` and becomes a 404. Of other errors the kind
/// decides: what the caller can mend is a 400, a refusal 409, a passing fault 503, the rest 500.
public protocol ClusterGateway: Sendable {
    // MARK: The cluster

    /// Numbers of task managers, slots and jobs.
    func clusterOverview() async throws(WeirError) -> ClusterOverview
    /// The configuration of the job manager, without secrets.
    func configuration() async throws(WeirError) -> [ConfigurationEntry]
    /// All registered task managers, without `allocatedSlots` and `metrics`.
    func taskManagers() async throws(WeirError) -> [TaskManagerInfo]
    /// One task manager with everything that is known of it.
    func taskManager(_ id: String) async throws(WeirError) -> TaskManagerInfo
    /// Moves the work of a task manager elsewhere and gives it none any more.
    func drainTaskManager(_ id: String) async throws(WeirError)

    // MARK: Jobs

    /// All jobs that are known, the youngest first.
    func jobs() async throws(WeirError) -> [JobSummary]
    /// One job with its vertices, subtasks and plan.
    func job(_ id: String) async throws(WeirError) -> JobDetails
    /// What a job was started with.
    func jobConfiguration(_ id: String) async throws(WeirError) -> JobConfiguration
    /// The failures of a job, the youngest first, `limit` at most.
    func failures(of id: String, limit: Int) async throws(WeirError) -> JobFailures
    /// What Weir has to say of a job beyond Flink's shapes, the youngest first.
    func notices(of id: String) async throws(WeirError) -> [JobNotice]
    /// Ends a job without a snapshot; returns when the order is accepted.
    func cancel(_ id: String) async throws(WeirError)
    /// The bounds of the parallelism of each vertex, by vertex id.
    func resourceRequirements(of id: String) async throws(WeirError) -> [String: ParallelismBounds]
    /// Sets the bounds of the parallelism of all vertices.
    func setResourceRequirements(
        of id: String,
        to bounds: [String: ParallelismBounds]
    ) async throws(WeirError)

    // MARK: Snapshots

    /// The checkpoints of a job; `tasks` of each may be empty.
    func checkpoints(of id: String) async throws(WeirError) -> CheckpointStatistics
    /// One checkpoint with the part of each vertex.
    func checkpoint(_ number: UInt64, of id: String) async throws(WeirError) -> CheckpointDetails
    /// How a job takes checkpoints.
    func checkpointConfiguration(of id: String) async throws(WeirError) -> CheckpointConfiguration
    /// Takes a savepoint; returns its location when it is complete.
    func takeSavepoint(of id: String, _ request: SavepointRequest) async throws(WeirError) -> String
    /// Stops a job with a savepoint; returns its location when the job has ended.
    func stop(_ id: String, _ request: StopRequest) async throws(WeirError) -> String
    /// Takes a checkpoint; returns its number when it is complete.
    func takeCheckpoint(
        of id: String,
        _ request: CheckpointRequest
    ) async throws(WeirError) -> UInt64
    /// Removes a savepoint's files.
    func disposeSavepoint(_ request: DisposalRequest) async throws(WeirError)
    /// What became of an operation that this server does not know, such as one that its predecessor
    /// started; nil if the cluster does not know it either.
    func operation(_ key: OperationKey) async throws(WeirError) -> OperationState?

    // MARK: Artifacts

    /// The job bundles that were uploaded.
    func artifacts() async throws(WeirError) -> [Artifact]
    /// Takes an uploaded file over: moves or removes it, and gives it an id.
    func addArtifact(_ upload: ArtifactUpload) async throws(WeirError) -> Artifact
    /// Removes an artifact; running jobs keep what they need.
    func removeArtifact(_ id: String) async throws(WeirError)
    /// The plan of the job that an artifact would run.
    func plan(artifact id: String, _ request: RunRequest) async throws(WeirError) -> JobPlan
    /// Starts a job; returns its id. The same `jobID` twice starts one job.
    func run(artifact id: String, _ request: RunRequest) async throws(WeirError) -> String
}

extension ClusterGateway {
    /// Knows no operation beyond the server's own.
    public func operation(_ key: OperationKey) async throws(WeirError) -> OperationState? { nil }
}
