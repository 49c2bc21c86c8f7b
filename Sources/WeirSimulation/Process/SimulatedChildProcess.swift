import WeirCore

/// A process that a process of the simulation has started, seen by its parent.
// SAFETY: one thread runs a simulation.
final class SimulatedChildProcess: ChildProcess, Watchable, @unchecked Sendable {
    private let parts: ProcessParts
    private let universe: Universe
    weak var watcher: SimulatedPoller? {
        didSet {
            let watcher = self.watcher
            parts.identity.onEnd = { [weak watcher] in watcher?.touch() }
        }
    }

    init(_ parts: ProcessParts, _ universe: Universe) {
        self.parts = parts
        self.universe = universe
    }

    var processID: Int { parts.identity.id }

    func exitStatus() throws(WeirError) -> ExitStatus? { visibleEnd }

    func send(_ signal: ProcessSignal) {
        let identity = parts.identity
        guard !identity.hasEnded else { return }
        universe.simulation.record(.process, "\(signal) \(identity.id)")
        switch signal {
        case .kill: universe.end(parts, .signalled(9))
        case .stop: identity.isFrozen = true
        case .continue: identity.isFrozen = false
        case .terminate:
            // Like a handler's thread: it waits while the process is frozen.
            universe.scheduler.add(identity) { [parts, universe] in
                if parts.host.handlesInterrupts {
                    parts.host.interrupt()
                } else {
                    universe.end(parts, .signalled(15))
                }
            }
        }
    }

    func resourceUsage() -> ResourceUsage? { visibleEnd == nil ? parts.host.usage() : nil }

    func isReady(forWriting: Bool) -> Bool { visibleEnd != nil }

    var nextArrival: Int64? {
        guard let moment = parts.identity.end?.visibleAt, moment > universe.simulation.now
        else { return nil }
        return moment
    }

    private var visibleEnd: ExitStatus? {
        guard let end = parts.identity.end, end.visibleAt <= universe.simulation.now
        else { return nil }
        return end.status
    }
}
