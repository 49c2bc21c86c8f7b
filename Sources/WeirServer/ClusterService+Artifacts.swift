import WeirControl
import WeirCore
import WeirJobManager
import WeirPlan
import WeirREST
import WeirSnapshot

/// Executables, and the jobs that are started from them.
extension ClusterService {
    /// The executables that were uploaded.
    public func artifacts() async throws(WeirError) -> [Artifact] {
        try await inBackground { [store] () throws(WeirError) in try store.list() }
    }

    /// Takes an uploaded executable over, if it can run here.
    public func addArtifact(_ upload: ArtifactUpload) async throws(WeirError) -> Artifact {
        try await inBackground { [store] () throws(WeirError) in try store.add(upload) }
    }

    /// Removes an executable; jobs keep what they run.
    public func removeArtifact(_ id: String) async throws(WeirError) {
        try await inBackground { [store] () throws(WeirError) in try store.remove(id) }
    }

    /// The plan of the job that an executable would run.
    public func plan(
        artifact id: String,
        _ request: RunRequest
    ) async throws(WeirError) -> JobPlan {
        try request.checkIsSupported()
        let job = try jobID(request)
        let start = try StartSettings(request, job)
        let graph = try await inBackground { [self] () throws(WeirError) in
            try planner.plan(
                store.find(id).path,
                request.arguments,
                workingDirectory: request.workingDirectory
            )
        }
        return try start.jobGraph(graph).plan(of: job, start.name ?? graph.name)
    }

    /// Starts a job; returns its id.
    ///
    /// One that is there already is not started again.
    public func run(
        artifact id: String,
        _ request: RunRequest
    ) async throws(WeirError) -> String {
        try request.checkIsSupported()
        let job = try jobID(request)
        let known = await reports()
        if known.contains(where: { $0.id == job }) { return job.description }
        let start = try StartSettings(request, job)
        let snapshot = try request.savepointLocation.map(path)
        let ended = known.filter { $0.state.isTerminal }.map(\.id)
        let submission = try await inBackground { [self] () throws(WeirError) in
            try dropPrograms(of: ended)
            let artifact = try store.find(id)
            let graph = try planner.plan(
                artifact.path,
                request.arguments,
                workingDirectory: request.workingDirectory
            )
            // What is wrong with the graph is to be told before anything is kept.
            _ = try start.jobGraph(graph)
            var dropped = Set(request.droppedStates)
            if request.allowsUnmatchedState, let snapshot {
                dropped.formUnion(try unmatched(graph, in: snapshot))
            }
            return JobSubmission(
                id: job,
                name: start.name ?? graph.name,
                program: try programs.keep(artifact, for: job),
                arguments: request.arguments,
                workingDirectory: request.workingDirectory ?? "",
                settings: start.settings,
                graph: graph,
                snapshot: snapshot,
                droppedStates: dropped
            )
        }
        do throws(WeirError) {
            let started: JobID = try await ask { manager.submit(submission, $0) }
            return started.description
        } catch {
            let isThere = await reports().contains { $0.id == job }
            if !isThere {
                try await inBackground { [programs] () throws(WeirError) in try programs.drop(job) }
            }
            throw error
        }
    }

    private func jobID(_ request: RunRequest) throws(WeirError) -> JobID {
        guard let text = request.jobID else { return JobID(world.random) }
        guard let job = JobID(text) else {
            throw WeirError(.requestInvalid, "\"\(text)\" is no job id: 32 hexadecimal digits.")
        }
        return job
    }

    private func dropPrograms(of ended: [JobID]) throws(WeirError) {
        for job in try programs.list() where ended.contains(job) { try programs.drop(job) }
    }

    /// Operators with state in a snapshot that are none of the job.
    private func unmatched(
        _ graph: StreamGraph,
        in snapshot: String
    ) throws(WeirError) -> [String] {
        let location = try SnapshotLocation(snapshot, world: world)
        let newest = try location.store.list().first { $0.state == .complete }?.checkpoint
        guard let checkpoint = location.checkpoint ?? newest else { return [] }
        let known = Set(graph.nodes.map(\.id))
        return try location.store.load(checkpoint).operators
            .filter { $0.holdsState && !known.contains($0.id) }.map(\.name)
    }
}

/// The settings that a client starts a job with.
struct StartSettings: Sendable {
    /// Those that differ from their defaults, by key.
    private(set) var settings: [String: String]
    /// What people call the job; nil: as its program says.
    let name: String?
    private let resolved: JobSettings

    /// Checks what a client wants.
    ///
    /// - Throws: `unknownKey`, `badValue`.
    init(_ request: RunRequest, _ job: JobID) throws(WeirError) {
        settings = request.configuration
        // Flink's key for it; what Weir's client says goes first.
        let named = settings.removeValue(forKey: "pipeline.name")
        name = request.name ?? named
        if let parallelism = request.parallelism {
            settings["parallelism.default"] = "\(parallelism)"
        }
        var resolved = ResolvedSettings()
        for (key, value) in settings.sorted(by: { $0.key < $1.key }) {
            try resolved.set(key, value, position: "job \(job)")
        }
        try resolved.checkTogether()
        self.resolved = resolved.settings
    }

    /// The graph as these settings have it run.
    func jobGraph(_ graph: StreamGraph) throws(WeirError) -> JobGraph {
        try JobGraph(
            graph,
            parallelism: resolved.parallelism,
            maxParallelism: resolved.maxParallelism,
            isChainingEnabled: resolved.isChainingEnabled
        )
    }
}
