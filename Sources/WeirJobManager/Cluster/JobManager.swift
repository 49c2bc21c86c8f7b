import WeirControl
import WeirCore
import WeirTransport

/// Leads a cluster: takes task managers and jobs in, and drives each job on its own thread.
public struct JobManager: Sendable {
    /// How a job manager is to be run.
    public struct Options: Sendable {
        /// Its directory, which all task managers' machines reach under the same name.
        public var dataDirectory: String
        /// Where task managers connect to.
        public var address: DataAddress
        /// What every process of the cluster knows and nobody else; not empty.
        public var token: [UInt8]
        /// From one sign of life to the next, in nanoseconds.
        public var heartbeatNanoseconds: Int64 = 500_000_000
        /// Silence after which a task manager is lost, in nanoseconds.
        public var leaseNanoseconds: Int64 = 3_000_000_000
        /// How long a new leader waits for the workers of a job that ran before, in nanoseconds.
        public var adoptionNanoseconds: Int64 = 3_000_000_000
        /// How long a job waits for slots and workers.
        public var timeouts = JobScheduler.Timeouts()

        /// Sets what has no default.
        public init(dataDirectory: String, address: DataAddress, token: [UInt8]) {
            self.dataDirectory = dataDirectory
            self.address = address
            self.token = token
        }
    }

    private let world: any World
    private let options: Options

    /// A job manager whose effects go through `world`.
    public init(world: any World, options: Options) {
        self.world = world
        self.options = options
    }

    /// Takes the directory, becomes leader, and starts to listen.
    ///
    /// - Throws: `badValue` without a token; `dataDirectoryInUse`, file and network errors.
    public func start(
        onNotice: @escaping @Sendable (String) -> Void
    ) throws(WeirError) -> RunningJobManager {
        try start(
            world,
            LeaderDirectory(options.dataDirectory, world: world),
            onNotice: onNotice
        )
    }

    /// Leads by a lease, and starts to listen; whatever it does is refused once the lease is over.
    ///
    /// - Throws: as `start(onNotice:)`, and `leadershipLost`.
    package func start(
        leading leadership: Leadership,
        onNotice: @escaping @Sendable (String) -> Void
    ) throws(WeirError) -> RunningJobManager {
        let world = FencedWorld(self.world, leadership.fence)
        return try start(
            world,
            LeaderDirectory(options.dataDirectory, leadership, world: world),
            onNotice: onNotice
        )
    }

    private func start(
        _ world: any World,
        _ directory: LeaderDirectory,
        onNotice: @escaping @Sendable (String) -> Void
    ) throws(WeirError) -> RunningJobManager {
        guard !options.token.isEmpty else {
            throw WeirError(
                .badValue,
                "A job manager needs a token.",
                reason: "Whoever reaches its port could start programs on the task managers.",
                fix: "Give it and its task managers the same one."
            )
        }
        let records = try directory.records.loadAll(notice: onNotice)
        let listener = try world.network.listen(
            host: options.address.host,
            port: options.address.port
        )
        let poller = try world.threads.makePoller()
        try poller.watch(listener, token: ClusterThread.listenerToken)
        let queue = EventQueue<ClusterEvent>(parker: poller)
        let options = self.options
        let thread = world.threads.run(name: "weir-jm", parker: poller) {
            ClusterThread(
                world: world,
                options: options,
                directory: directory,
                records: records,
                listener: listener,
                poller: poller,
                queue: queue,
                onNotice: onNotice
            )
        }
        return RunningJobManager(queue: queue, thread: thread, port: listener.port)
    }
}

/// A job manager that was started.
public final class RunningJobManager: Sendable {
    /// The port that task managers connect to.
    public let port: Int
    private let queue: EventQueue<ClusterEvent>
    private let thread: any RunningThread

    init(queue: EventQueue<ClusterEvent>, thread: any RunningThread, port: Int) {
        self.queue = queue
        self.thread = thread
        self.port = port
    }

    /// Ends it; its jobs' tasks go on until the next leader takes them over.
    public func stop() { queue.post(.stop) }

    /// Waits for its end.
    public func wait() { thread.join() }

    /// Starts a job, unless there is one with its id; `answer` is called on the job manager's thread.
    public func submit(
        _ submission: JobSubmission,
        _ answer: @escaping @Sendable (Result<JobID, WeirError>) -> Void
    ) {
        queue.post(.request { $0.submit(submission, answer) })
    }

    /// What is known of all jobs, in the order of their submission.
    public func jobs(_ answer: @escaping @Sendable ([JobReport]) -> Void) {
        queue.post(.request { answer($0.jobReports) })
    }

    /// What is known of the task managers.
    public func taskManagers(_ answer: @escaping @Sendable ([TaskManagerSummary]) -> Void) {
        queue.post(.request { answer($0.taskManagerSummaries) })
    }

    /// Ends a job without a last checkpoint.
    public func cancel(
        _ job: JobID,
        _ answer: @escaping @Sendable (Result<Void, WeirError>) -> Void
    ) {
        queue.post(.request { $0.cancel(job, answer) })
    }

    /// Ends a job with a last checkpoint: where it is, or drained as if its input had ended.
    public func stop(
        _ job: JobID,
        drain: Bool,
        _ answer: @escaping @Sendable (Result<Void, WeirError>) -> Void
    ) {
        queue.post(.request { $0.stop(job, drain: drain, answer) })
    }

    /// Takes a checkpoint of a job that retention need not keep.
    public func checkpoint(_ job: JobID, _ answer: @escaping JobEvent.SavepointAnswer) {
        queue.post(.request { $0.checkpoint(job, answer) })
    }

    /// Lets a job go on at another parallelism, the highest of a range for which there are slots; the
    /// answer tells the checkpoint from which it does.
    public func rescale(
        _ job: JobID,
        to range: ClosedRange<Int>,
        _ answer: @escaping JobEvent.SavepointAnswer
    ) {
        queue.post(.request { $0.rescale(job, to: range, answer) })
    }

    /// Moves the work of a task manager to others, and gives it none any more.
    public func drain(
        _ taskManager: String,
        _ answer: @escaping @Sendable (Result<Void, WeirError>) -> Void
    ) {
        queue.post(.request { answer($0.drain(taskManager)) })
    }

    /// Takes a snapshot of a job that retention keeps.
    public func savepoint(_ job: JobID, _ answer: @escaping JobEvent.SavepointAnswer) {
        queue.post(.request { $0.savepoint(job, answer) })
    }
}
