import WeirCore
import WeirJobManager
import WeirPlan
import WeirState

/// Runs a job in this process: job manager, slots and all.
public struct EmbeddedEngine: Sendable {
    /// How to run a job.
    public struct Options: Sendable {
        /// What can be set about a run.
        public var settings = JobSettings()
        /// The job's directory; nil: a temporary one, removed at the end.
        public var dataDirectory: String?
        /// A snapshot to start from instead of the newest of the directory.
        public var snapshot: String?
        /// Whether to begin anew although the directory holds checkpoints.
        public var isFresh = false
        /// Operators whose state in the snapshot is given up.
        public var droppedStates: Set<String> = []
        /// What opens the images behind keyed state; nil: RocksDB.
        public var images: (any ImageFactory)?
        /// In how many parts the slots run that exchange rows by sockets, as workers of a cluster do:
        /// for tests of that.
        public var workerCount = 1

        /// Defaults.
        public init() {}

        var ofJob: JobOptions {
            JobOptions(
                settings: settings,
                snapshot: snapshot,
                isFresh: isFresh,
                droppedStates: droppedStates
            )
        }
    }

    private let world: any World

    /// An engine whose effects go through `world`.
    public init(world: any World) { self.world = world }

    /// Starts a job; returns once its threads have been started.
    ///
    /// - Throws: `badGraph`, `dataDirectoryInUse`, `noSnapshot`, `unmatchedState`, file errors.
    public func start(
        _ program: Program,
        options: Options,
        onStatus: @escaping @Sendable (JobStatus) -> Void = { _ in },
        onNotice: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(WeirError) -> RunningJob {
        let graph = try JobGraph(
            program.graph,
            parallelism: options.settings.parallelism,
            maxParallelism: options.settings.maxParallelism,
            isChainingEnabled: options.settings.isChainingEnabled
        )
        let isTemporary = options.dataDirectory == nil
        let path =
            options.dataDirectory
            ?? "\(world.processes.environment("TMPDIR") ?? "/tmp")/weir-"
            + "\(world.processes.processID)-\(String(world.random.next(), radix: 16))"
        let directory = try DataDirectory(path, isLasting: !isTemporary, world: world)
        let start = try JobStart(directory: directory, options: options.ofJob)
        let parker = world.threads.makeParker()
        let queue = EventQueue<JobEvent>(parker: parker)
        let result = JobResult()
        let world = self.world
        let thread = world.threads.run(name: "weir-job", parker: parker) {
            JobMaster(
                world: world,
                graph: graph,
                start: start,
                deployer: EmbeddedDeployer(
                    world: world,
                    program: program,
                    settings: options.settings,
                    directory: directory,
                    images: options.images,
                    workerCount: options.workerCount,
                    queue: queue,
                    onNotice: onNotice
                ),
                queue: queue,
                onEnd: { result.set($0, $1) },
                onStatus: onStatus,
                onNotice: onNotice
            )
        }
        return RunningJob(queue: queue, thread: thread, result: result)
    }
}

/// A job that was started.
public final class RunningJob: Sendable {
    private let queue: EventQueue<JobEvent>
    private let thread: any RunningThread
    private let result: JobResult

    init(queue: EventQueue<JobEvent>, thread: any RunningThread, result: JobResult) {
        self.queue = queue
        self.thread = thread
        self.result = result
    }

    /// Stops the job: the sources stop where they are (or, with `drain`, as if their input had
    /// ended), a last checkpoint is taken, and its output committed.
    public func stop(drain: Bool = false) { queue.post(.stop(drain: drain)) }

    /// Takes a snapshot that retention keeps; `answer` gets its id once it is durable.
    public func savepoint(
        _ answer: @escaping @Sendable (Result<CheckpointID, WeirError>) -> Void
    ) {
        queue.post(.savepoint(answer))
    }

    /// Waits for the end.
    public func wait() -> (outcome: JobOutcome, status: JobStatus) {
        thread.join()
        return result.value
    }
}
