import WeirCore

/// A POSIX thread for each steppable, and a small pool for blocking work.
final class RealThreadHost: ThreadHost {
    private let pool = BackgroundPool()

    deinit { pool.close() }

    func makeParker() -> any Parker { FutexParker() }

    func makePoller() throws(WeirError) -> any Poller { try EpollPoller() }

    func run(
        name: String,
        parker: any Parker,
        make: @escaping @Sendable () -> any Steppable
    ) -> any RunningThread {
        RealThread(name: name) { Self.loop(make(), parker) }
    }

    func background(_ work: @escaping @Sendable () -> Void) { pool.submit(work) }

    private static func loop(_ steppable: any Steppable, _ parker: any Parker) {
        while true {
            switch steppable.step() {
            case .again: continue
            case .park(let deadline): parker.park(until: deadline)
            case .finished: return
            }
        }
    }
}
