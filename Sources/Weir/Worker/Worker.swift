import WeirControl
import WeirCore
import WeirState
import WeirTransport

/// A job's executable as a worker: runs the tasks that the job manager deploys to it.
///
/// It belongs to the task manager that started it: it takes commands over that one's socket, and ends
/// when the socket closes.
public struct Worker: Sendable {
    private let world: any World
    private let launch: WorkerLaunch
    private let program: Program
    private let images: (any ImageFactory)?

    /// The worker that a command line (without the program's name) asks for; nil if it asks for none.
    ///
    /// `makeProgram` builds the job's program from its own arguments; keyed state has its images by
    /// `images`, or in RocksDB.
    /// - Throws: `usage`, and what `makeProgram` throws.
    public init?(
        _ arguments: [String],
        world: any World,
        images: (any ImageFactory)? = nil,
        makeProgram: (_ jobArguments: [String]) throws(WeirError) -> Program
    ) throws(WeirError) {
        guard let launch = try WorkerLaunch(arguments) else { return nil }
        self.world = world
        self.launch = launch
        self.images = images
        program = try makeProgram(launch.jobArguments)
    }

    /// Connects to the task manager and starts the worker's threads.
    ///
    /// - Throws: `networkFailed` if there is no task manager, or no port for data connections.
    public func start() throws(WeirError) -> RunningWorker {
        let dataPlane = try makeDataPlane()
        let connection = try world.network.connect(path: launch.socket)
        let poller = try world.threads.makePoller()
        let (world, launch, program, images) = (self.world, self.launch, self.program, self.images)
        let thread = world.threads.run(name: "weir-worker", parker: poller) {
            WorkerThread(
                world: world,
                launch: launch,
                program: program,
                images: images,
                dataPlane: dataPlane,
                connection: FramedConnection(
                    connection,
                    peer: "the task manager",
                    mostPayloadBytes: ControlProtocol.mostPayloadBytes
                ),
                poller: poller
            )
        }
        return RunningWorker(thread: thread)
    }

    private func makeDataPlane() throws(WeirError) -> DataPlane {
        var failure: WeirError?
        for port in launch.ports {
            do throws(WeirError) {
                return try DataPlane(world: world, host: launch.host, port: port)
            } catch {
                failure = error
            }
        }
        throw failure ?? WeirError(.networkFailed, "There is no port for data connections.")
    }
}

/// A worker that was started.
public final class RunningWorker: Sendable {
    private let thread: any RunningThread

    init(thread: any RunningThread) { self.thread = thread }

    /// Waits for its end.
    public func wait() { thread.join() }
}
