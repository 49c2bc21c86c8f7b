import Synchronization
import WeirCore
import WeirREST

/// A cluster with one job that never changes; it notes what it is told.
final class FixedCluster: ClusterGateway {
    /// Holds operations back until it is opened.
    let gate: Gate
    /// What the job looks like.
    let job: JobDetails
    /// What operations throw at their end.
    let failure: WeirError?
    private let notes = Mutex<[String]>([])

    init(
        gate: Gate = Gate(isOpen: true),
        job: JobDetails = FixedJob.details,
        failure: WeirError? = nil
    ) {
        self.gate = gate
        self.job = job
        self.failure = failure
    }

    /// What it was told, in order.
    var told: [String] { notes.withLock { $0 } }

    private func note(_ text: String) { notes.withLock { $0.append(text) } }

    private func check(_ id: String) throws(WeirError) {
        guard id == FixedJob.id else {
            throw WeirError(.resourceUnknown, "Job \(id) not found")
        }
    }

    private func passGate() async throws(WeirError) {
        await gate.pass()
        if let failure { throw failure }
    }

    // MARK: The cluster

    func clusterOverview() async throws(WeirError) -> ClusterOverview {
        ClusterOverview(
            taskManagers: 1,
            slotsTotal: 2,
            slotsAvailable: 0,
            jobsRunning: 1,
            jobsFinished: 31,
            jobsCanceled: 2,
            jobsFailed: 0
        )
    }

    func configuration() async throws(WeirError) -> [ConfigurationEntry] {
        [ConfigurationEntry(key: "parallelism.default", value: "1")]
    }

    func taskManagers() async throws(WeirError) -> [TaskManagerInfo] { [FixedJob.taskManagerInfo] }

    func taskManager(_ id: String) async throws(WeirError) -> TaskManagerInfo {
        guard id == FixedJob.taskManager else {
            throw WeirError(.resourceUnknown, "TaskManager \(id) not found")
        }
        return FixedJob.taskManagerInfo
    }

    func drainTaskManager(_ id: String) async throws(WeirError) {
        _ = try await taskManager(id)
        note("drain \(id)")
    }

    // MARK: Jobs

    func jobs() async throws(WeirError) -> [JobSummary] { [job.summary] }

    func job(_ id: String) async throws(WeirError) -> JobDetails {
        try check(id)
        return job
    }

    func jobConfiguration(_ id: String) async throws(WeirError) -> JobConfiguration {
        try check(id)
        return JobConfiguration(
            name: "latency-tumble",
            restartStrategy: "exponential delay",
            parallelism: 2
        )
    }

    func failures(of id: String, limit: Int) async throws(WeirError) -> JobFailures {
        try check(id)
        note("failures \(limit)")
        return FixedJob.failures
    }

    func notices(of id: String) async throws(WeirError) -> [JobNotice] {
        try check(id)
        return [JobNotice(time: 5, severity: .warning, code: "WR-CKPT-004", message: "It is slow.")]
    }

    func cancel(_ id: String) async throws(WeirError) {
        try check(id)
        if let failure { throw failure }
        note("cancel \(id)")
    }

    func resourceRequirements(
        of id: String
    ) async throws(WeirError) -> [String: ParallelismBounds] {
        try check(id)
        return [FixedJob.window: ParallelismBounds(lowerBound: 1, upperBound: 4)]
    }

    func setResourceRequirements(
        of id: String,
        to bounds: [String: ParallelismBounds]
    ) async throws(WeirError) {
        try check(id)
        for (vertex, range) in bounds.sorted(by: { $0.key < $1.key }) {
            note("\(vertex) \(range.lowerBound)...\(range.upperBound)")
        }
    }

    // MARK: Snapshots

    func checkpoints(of id: String) async throws(WeirError) -> CheckpointStatistics {
        try check(id)
        return FixedJob.checkpoints
    }

    func checkpoint(_ number: UInt64, of id: String) async throws(WeirError) -> CheckpointDetails {
        try check(id)
        switch number {
        case 9: return FixedJob.checkpoint(9)
        case 10:
            let outcome = CheckpointDetails.Outcome.failed(time: 77, message: "It is slow.")
            return FixedJob.checkpoint(10, outcome, kind: .savepoint)
        case 11: return FixedJob.checkpoint(11, .inProgress, kind: .unaligned)
        default: throw WeirError(.resourceUnknown, "Checkpoint \(number) not found")
        }
    }

    func checkpointConfiguration(
        of id: String
    ) async throws(WeirError) -> CheckpointConfiguration {
        try check(id)
        return CheckpointConfiguration(
            interval: 1000,
            timeout: 600_000,
            stateBackend: "hash tables and RocksDB",
            checkpointStorage: "files"
        )
    }

    func takeSavepoint(
        of id: String,
        _ request: SavepointRequest
    ) async throws(WeirError) -> String {
        note(
            "savepoint \(request.targetDirectory ?? "-") \(request.cancelsJob) "
                + "\(request.format.rawValue)"
        )
        try await passGate()
        return "file:/savepoint"
    }

    func stop(_ id: String, _ request: StopRequest) async throws(WeirError) -> String {
        note("stop \(request.targetDirectory ?? "-") \(request.drains) \(request.format.rawValue)")
        try await passGate()
        return "file:/stopped"
    }

    func takeCheckpoint(
        of id: String,
        _ request: CheckpointRequest
    ) async throws(WeirError) -> UInt64 {
        note("checkpoint \(request.kind.rawValue)")
        try await passGate()
        return 12
    }

    func disposeSavepoint(_ request: DisposalRequest) async throws(WeirError) {
        note("dispose \(request.location)")
        try await passGate()
    }

    func operation(_ key: OperationKey) async throws(WeirError) -> OperationState? {
        let isOlder = key.id == String(repeating: "d", count: 32)
        return isOlder ? .savepoint(location: "file:/older") : nil
    }

    // MARK: Artifacts

    static let artifact = Artifact(id: "f7a7_job.bin", name: "job.bin", uploadTime: 7)

    func artifacts() async throws(WeirError) -> [Artifact] { [Self.artifact] }

    func addArtifact(_ upload: ArtifactUpload) async throws(WeirError) -> Artifact {
        note("add \(upload.name) \(upload.sizeBytes) \(upload.sha256)")
        if let failure { throw failure }
        return Artifact(id: "1_\(upload.name)", name: upload.name, uploadTime: 7)
    }

    func removeArtifact(_ id: String) async throws(WeirError) {
        guard id == Self.artifact.id else {
            throw WeirError(.resourceUnknown, "Artifact \(id) not found")
        }
        note("remove \(id)")
    }

    func plan(artifact id: String, _ request: RunRequest) async throws(WeirError) -> JobPlan {
        note("plan \(id) \(request.arguments)")
        return FixedJob.plan
    }

    func run(artifact id: String, _ request: RunRequest) async throws(WeirError) -> String {
        if let failure { throw failure }
        note("run \(id) \(request)")
        return request.jobID ?? FixedJob.id
    }
}

/// A door that lets tasks through once it is open.
actor Gate {
    private var isOpen: Bool
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(isOpen: Bool = false) { self.isOpen = isOpen }

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    func pass() async {
        if isOpen { return }
        await withCheckedContinuation { waiting.append($0) }
    }
}
