import WeirControl
import WeirCore
import WeirJobManager
import WeirOperators
import WeirPlan
import WeirRuntime
import WeirSnapshot
import WeirState
import WeirTransport

/// Runs all tasks of a job in this process.
///
/// Tests have it run them as several workers of a cluster would, connected by sockets.
final class EmbeddedDeployer: TaskDeployer {
    /// Manifests stay in this process.
    let mostManifestBytes: Int? = nil
    private let world: any World
    private let program: Program
    private let settings: JobSettings
    private let directory: DataDirectory
    private let images: (any ImageFactory)?
    private let job: JobScope
    private let queue: EventQueue<JobEvent>
    private let onNotice: @Sendable (String) -> Void
    private let workerCount: Int
    private var dataPlanes: [DataPlane] = []
    /// By worker.
    private var slots: [SlotGroup] = []

    init(
        world: any World,
        program: Program,
        settings: JobSettings,
        directory: DataDirectory,
        images: (any ImageFactory)?,
        workerCount: Int,
        queue: EventQueue<JobEvent>,
        onNotice: @escaping @Sendable (String) -> Void
    ) {
        self.world = world
        self.program = program
        self.settings = settings
        self.directory = directory
        self.images = images
        self.workerCount = workerCount
        self.queue = queue
        self.onNotice = onNotice
        job = JobScope(directory.jobID)
    }

    func deploy(_ description: AttemptDescription) {
        do throws(WeirError) {
            let queue = self.queue
            for placement in try placements(description.graph.slotCount) {
                let part = try deployment(description, placement)
                slots.append(SlotGroup(part, world: world) { queue.post(.task($0)) })
            }
        } catch {
            queue.post(.attemptFailed(description.attempt, error))
        }
    }

    /// The part of each worker that has slots.
    private func placements(_ slotCount: Int) throws(WeirError) -> [SlotPlacement] {
        guard workerCount > 1 else { return [SlotPlacement(allOf: slotCount)] }
        while dataPlanes.count < workerCount {
            dataPlanes.append(try DataPlane(world: world, host: "127.0.0.1", port: 0))
        }
        let token = Array("\(job.id)".utf8)
        let addresses = dataPlanes.enumerated().map { ($0.offset, $0.element.address) }
        return (0..<min(workerCount, slotCount)).map { own in
            SlotPlacement(
                workers: (0..<slotCount).map { $0 % workerCount },
                own: own,
                connections: WorkerConnections(
                    dataPlane: dataPlanes[own],
                    token: token,
                    addresses: Dictionary(uniqueKeysWithValues: addresses)
                )
            )
        }
    }

    private func deployment(
        _ description: AttemptDescription,
        _ placement: SlotPlacement
    ) throws(WeirError) -> JobDeployment {
        let memory = MemoryShares(of: Int(settings.memory.bytes))
        SegmentSlabs.limit(bytes: memory.keptSegments)
        var restored: RestoredJob?
        if let manifest = description.manifest {
            restored = try RestoredJob(
                manifest,
                for: description.graph,
                dropped: description.droppedStates
            )
        }
        return JobDeployment(
            graph: description.graph,
            factories: program.factories,
            job: job,
            attempt: description.attempt,
            restored: restored,
            store: directory.store,
            dataDirectory: directory.path,
            batchCapacity: settings.batchCapacity,
            bufferTimeout: settings.bufferTimeout.wholeNanoseconds,
            alignedTimeout: settings.alignedCheckpointTimeout.wholeNanoseconds,
            images: images
                ?? RocksDBImageFactory(
                    files: world.files,
                    cacheBytes: memory.blockCache,
                    sortBytes: memory.sortRun
                ),
            keyedStateMemory: memory.keyedState / workerCount,
            statePolicy: settings.statePolicy,
            droppedStates: description.droppedStates,
            placement: placement
        )
    }

    func trigger(_ tasks: [TaskID], _ barrier: CheckpointBarrier) {
        for group in slots { group.trigger(tasks, barrier) }
    }

    func tell(_ command: TaskCommand) { for group in slots { group.tell(command) } }

    /// Waits for the tasks' threads, and for their work on I/O threads.
    func cancel(_ attempt: Attempt) {
        for group in slots { group.shutDown { [onNotice] in onNotice(WaitNotice.text($0)) } }
        slots = []
        queue.post(.attemptEnded(attempt))
    }

    func jobEnded() {
        for dataPlane in dataPlanes { dataPlane.shutDown() }
        job.release()
    }
}
