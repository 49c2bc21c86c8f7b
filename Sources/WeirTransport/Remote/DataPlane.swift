import WeirCore

/// The connections between this worker and the others of its jobs: takes them in, makes them, and moves
/// elements between them and the tasks' queues and rings, on a thread of its own.
///
/// A connection that fails fails its attempt, which is told so; the job goes back to its last checkpoint.
public final class DataPlane: Sendable {
    enum Event: Sendable {
        case attach(DataPlaneAttempt)
        case detach(JobID, Attempt)
        case connected(token: Int, Result<any Connection, WeirError>)
        case shutDown
    }

    /// Where others connect to.
    public let address: DataAddress
    /// What the rings have as their producer's parker, and queues as their consumer's.
    public let parker: any Parker
    private let queue: EventQueue<Event>
    private let thread: any RunningThread

    /// Starts to listen; port 0 chooses a free one.
    ///
    /// - Throws: `networkFailed`.
    public init(world: any World, host: String, port: Int) throws(WeirError) {
        let listener = try world.network.listen(host: host, port: port)
        let poller = try world.threads.makePoller()
        try poller.watch(listener, token: DataPlaneThread.listenerToken)
        let queue = EventQueue<Event>(parker: poller)
        address = DataAddress(host: host, port: listener.port)
        parker = poller
        self.queue = queue
        thread = world.threads.run(name: "weir-data", parker: poller) {
            DataPlaneThread(world: world, listener: listener, poller: poller, queue: queue)
        }
    }

    /// Makes the connections of an attempt; those of the same job's earlier attempts end.
    public func attach(_ attempt: DataPlaneAttempt) { queue.post(.attach(attempt)) }

    /// Ends the connections of an attempt.
    public func detach(_ job: JobID, _ attempt: Attempt) { queue.post(.detach(job, attempt)) }

    /// Ends all connections and the thread.
    public func shutDown() {
        queue.post(.shutDown)
        thread.join()
    }
}
