import WeirCore

/// A process of a local cluster, as its supervisor knows it.
final class SupervisedRole {
    let name: String
    /// The file that it writes its messages to.
    let log: String
    /// Tells its process apart from others at the poller.
    let token: Int
    private(set) var process: (any ChildProcess)?
    private(set) var restarts = 0
    /// Whether it has ever said that it is there.
    var wasReady = false
    /// When it is to be started again; nil while it runs.
    private(set) var startAt: Int64?
    private var startedAt: Int64 = 0
    private var pause = RestartPause()

    init(name: String, log: String, token: Int) {
        self.name = name
        self.log = log
        self.token = token
    }

    var member: LocalCluster.Status.Member {
        LocalCluster.Status.Member(
            name: name,
            processID: process?.processID,
            restarts: restarts
        )
    }

    /// Starts its process.
    func start(_ program: ChildProgram, _ world: any World, _ poller: any Poller) throws(WeirError)
    {
        let started = try world.processes.spawn(program)
        do throws(WeirError) {
            try poller.watch(started, token: token)
        } catch {
            started.send(.kill)
            throw error
        }
        if startAt != nil { restarts += 1 }
        startAt = nil
        startedAt = world.clock.monotonicNanoseconds()
        process = started
    }

    /// Its process has ended, or could not be started; it is to be started again.
    func ended(at now: Int64, _ poller: any Poller) {
        if let process { poller.forget(process) }
        process = nil
        startAt = now + pause.ended(after: now - startedAt)
    }
}
