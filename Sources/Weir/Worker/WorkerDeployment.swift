import WeirControl
import WeirCore
import WeirOperators
import WeirPlan
import WeirRuntime
import WeirSnapshot
import WeirState
import WeirTransport

/// Makes what slots need out of what the job manager says.
struct WorkerDeployment {
    private let deployment: Deployment
    private let launch: WorkerLaunch
    private let program: Program
    private let images: (any ImageFactory)?
    private let job: JobScope
    private let dataPlane: DataPlane
    private let world: any World

    init(
        _ deployment: Deployment,
        launch: WorkerLaunch,
        program: Program,
        images: (any ImageFactory)?,
        job: JobScope,
        dataPlane: DataPlane,
        world: any World
    ) {
        self.deployment = deployment
        self.launch = launch
        self.program = program
        self.images = images
        self.job = job
        self.dataPlane = dataPlane
        self.world = world
    }

    /// The attempt as the slots of this process take it.
    ///
    /// - Throws: `badGraph` if the program is another one than the job manager's; `badValue`,
    ///   `unmatchedState`, file errors.
    func described() throws(WeirError) -> JobDeployment {
        try checkGraph()
        let settings = try resolve()
        let graph = try JobGraph(
            program.graph,
            parallelism: settings.parallelism,
            maxParallelism: settings.maxParallelism,
            isChainingEnabled: settings.isChainingEnabled
        )
        // What the job wants, and no more than its slots' share of the task manager's memory.
        let memory = MemoryShares(of: min(Int(settings.memory.bytes), launch.memoryBytes))
        SegmentSlabs.limit(bytes: memory.keptSegments)
        var restored: RestoredJob?
        if let manifest = deployment.manifest {
            restored = try RestoredJob(manifest, for: graph, dropped: deployment.droppedStates)
        }
        return JobDeployment(
            graph: graph,
            factories: program.factories,
            job: job,
            attempt: deployment.attempt,
            restored: restored,
            store: LocalFileStore(world: world, directory: deployment.checkpointDirectory),
            dataDirectory: launch.directory,
            batchCapacity: settings.batchCapacity,
            bufferTimeout: settings.bufferTimeout.wholeNanoseconds,
            alignedTimeout: settings.alignedCheckpointTimeout.wholeNanoseconds,
            images: images
                ?? RocksDBImageFactory(
                    files: world.files,
                    cacheBytes: memory.blockCache,
                    sortBytes: memory.sortRun
                ),
            keyedStateMemory: memory.keyedState,
            statePolicy: settings.statePolicy,
            droppedStates: deployment.droppedStates,
            placement: placement
        )
    }

    private func checkGraph() throws(WeirError) {
        guard program.graph.fingerprint != deployment.graphFingerprint else { return }
        throw WeirError(
            .badGraph,
            "The worker's program makes another graph than the one that was submitted.",
            position: "worker \(launch.number)",
            reason: "With the same arguments, a program must build the same graph each time.",
            fix: "Look for what the program reads besides its arguments: files, the environment, "
                + "the time, the order of a Set or a Dictionary."
        )
    }

    private func resolve() throws(WeirError) -> JobSettings {
        var resolved = ResolvedSettings()
        for (key, value) in deployment.settings.sorted(by: { $0.key < $1.key }) {
            try resolved.set(key, value, position: "deployment")
        }
        return resolved.settings
    }

    private var placement: SlotPlacement {
        let addresses = deployment.workers.enumerated().map { position, address in
            (position, DataAddress(host: address.host, port: address.port))
        }
        return SlotPlacement(
            workers: deployment.slots,
            own: deployment.own,
            connections: WorkerConnections(
                dataPlane: dataPlane,
                token: deployment.token,
                addresses: Dictionary(uniqueKeysWithValues: addresses)
            )
        )
    }
}
