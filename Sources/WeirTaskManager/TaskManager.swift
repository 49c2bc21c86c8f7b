import WeirControl
import WeirCore
import WeirTransport

/// The agent of a node: offers slots to a job manager and supervises a worker process for each of its
/// jobs.
///
/// A worker that ends takes neither other jobs nor the agent with it. Without a job manager the workers
/// go on; the agent registers with the next leader, which decides about them.
public struct TaskManager: Sendable {
    /// How a task manager is to be run.
    public struct Options: Sendable {
        /// Where job managers may be, one of which leads: name or address, and port; not empty.
        public var jobManagers: [DataAddress]
        /// A directory of its own.
        public var dataDirectory: String
        /// Slots that it offers.
        public var slots: Int
        /// Bytes that all its workers may use together.
        public var memoryBytes: Int
        /// The host at which its workers take data connections.
        public var dataHost: String
        /// The lowest and the highest port for data connections; 0...0: any.
        public var dataPorts: ClosedRange<Int>
        /// What every process of the cluster knows.
        public var token: [UInt8]

        /// Sets all.
        public init(
            jobManagers: [DataAddress],
            dataDirectory: String,
            slots: Int,
            memoryBytes: Int,
            dataHost: String,
            dataPorts: ClosedRange<Int>,
            token: [UInt8]
        ) {
            precondition(!jobManagers.isEmpty, "a task manager needs a job manager")
            self.jobManagers = jobManagers
            self.dataDirectory = dataDirectory
            self.slots = slots
            self.memoryBytes = memoryBytes
            self.dataHost = dataHost
            self.dataPorts = dataPorts
            self.token = token
        }
    }

    private let world: any World
    private let options: Options

    /// A task manager whose effects go through `world`.
    public init(world: any World, options: Options) {
        self.world = world
        self.options = options
    }

    /// Takes its directory and starts its thread.
    ///
    /// - Throws: `dataDirectoryInUse` if a live task manager has the directory; file and network errors.
    public func start(
        onNotice: @escaping @Sendable (String) -> Void
    ) throws(WeirError) -> RunningTaskManager {
        let directory = try NodeDirectory(options.dataDirectory, world: world)
        let listener = try world.network.listen(path: directory.socket)
        let poller = try world.threads.makePoller()
        try poller.watch(listener, token: TaskManagerThread.listenerToken)
        let queue = EventQueue<TaskManagerThread.Event>(parker: poller)
        let (world, options) = (self.world, self.options)
        let thread = world.threads.run(name: "weir-tm", parker: poller) {
            TaskManagerThread(
                world: world,
                options: options,
                directory: directory,
                listener: listener,
                poller: poller,
                queue: queue,
                onNotice: onNotice
            )
        }
        return RunningTaskManager(queue: queue, thread: thread)
    }
}

/// A task manager that was started.
public final class RunningTaskManager: Sendable {
    private let queue: EventQueue<TaskManagerThread.Event>
    private let thread: any RunningThread

    init(queue: EventQueue<TaskManagerThread.Event>, thread: any RunningThread) {
        self.queue = queue
        self.thread = thread
    }

    /// Ends its workers and itself.
    public func stop() { queue.post(.stop) }

    /// Waits for its end.
    public func wait() { thread.join() }
}
