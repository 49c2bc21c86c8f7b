import WeirCore
import WeirJobManager
import WeirREST

/// A job manager together with its REST server: the process `weir jobmanager`.
public struct ClusterServer: Sendable {
    private let world: any World
    private let options: JobManager.Options
    private let address: RESTAddress
    private let token: String?
    private let weirVersion: String

    /// A server that is not started.
    ///
    /// - Parameters:
    ///   - world: what all effects go through.
    ///   - options: the job manager.
    ///   - address: where the REST server listens.
    ///   - token: what clients of the REST server must know; nil: it is for programs of this machine.
    ///   - weirVersion: what it says of itself.
    public init(
        world: any World,
        options: JobManager.Options,
        address: RESTAddress,
        token: String?,
        weirVersion: String
    ) {
        self.world = world
        self.options = options
        self.address = address
        self.token = token
        self.weirVersion = weirVersion
    }

    /// Starts both; returns when both listen.
    ///
    /// A `leadership` is by a lease; without, the directory's lock says who leads.
    /// - Throws: `dataDirectoryInUse`, `addressUnprotected`, `networkFailed`, `leadershipLost`, what files
    ///   throw.
    package func start(
        leading leadership: Leadership? = nil,
        onNotice: @escaping @Sendable (String) -> Void
    ) async throws(WeirError) -> RunningClusterServer {
        let jobManager = JobManager(world: self.world, options: options)
        let manager: RunningJobManager
        let world: any World
        if let leadership {
            // What clients want done to files is a leader's work, too.
            world = FencedWorld(self.world, leadership.fence)
            manager = try jobManager.start(leading: leadership, onNotice: onNotice)
        } else {
            world = self.world
            manager = try jobManager.start(onNotice: onNotice)
        }
        let directory = options.dataDirectory
        do throws(WeirError) {
            // What an earlier process had not taken over.
            try world.files.removeTree(ArtifactStore.uploads(directory))
            let rest = try await RESTServer.start(
                gateway: ClusterService(world: world, manager: manager, directory: directory),
                world: world,
                address: address,
                token: token,
                settings: RESTSettings(
                    weirVersion: weirVersion,
                    uploadDirectory: ArtifactStore.uploads(directory)
                )
            )
            return RunningClusterServer(manager: manager, rest: rest)
        } catch {
            manager.stop()
            manager.wait()
            throw error
        }
    }
}

/// A job manager and its REST server, started.
public struct RunningClusterServer: Sendable {
    /// The job manager.
    public let manager: RunningJobManager
    /// The REST server.
    public let rest: RESTServer

    /// Ends both; the tasks of jobs go on until another job manager decides about them.
    public func stop() async {
        await rest.stop()
        manager.stop()
        manager.wait()
    }
}
