import WeirCore

/// What all processes of a simulation share, and the list of those that live.
// SAFETY: one thread runs a simulation.
final class Universe: @unchecked Sendable {
    /// The longest until a parent knows that its child has ended.
    private static let longestNotice = 1_000_000

    let seed: UInt64
    let simulation: Simulation
    let scheduler: Scheduler
    let fabric: NetworkFabric
    /// What `spawn` can start, by path.
    var programs: [String: SimulatedWorld.Program] = [:]
    private var live: [ProcessParts] = []
    private var lastProcessID = 0

    init(seed: UInt64, _ simulation: Simulation) {
        self.seed = seed
        self.simulation = simulation
        scheduler = Scheduler(simulation)
        fabric = NetworkFabric(simulation, scheduler)
    }

    /// A process in which nothing has happened yet.
    func makeProcess(
        node: String,
        disk: SimulatedDisk,
        isChild: Bool = false
    ) -> ProcessParts {
        lastProcessID += 1
        let identity = ProcessIdentity(id: lastProcessID, node: node, isChild: isChild)
        let files = SimulatedFileSystem(disk)
        let parts = ProcessParts(
            identity,
            disk: files,
            network: SimulatedNetwork(fabric, identity),
            host: SimulatedProcessHost(simulation, identity, files, self)
        )
        fabric.nodes.insert(node)
        live.append(parts)
        return parts
    }

    /// Starts a registered program as a child of a process.
    func spawn(
        _ program: ChildProgram,
        path: String,
        from parent: SimulatedProcessHost
    ) throws(WeirError) -> SimulatedChildProcess {
        guard let body = programs[path] else {
            throw WeirError(
                .processFailed,
                "\(program.path) cannot be run: No such file or directory.",
                fix: "Register it in `SimulatedWorld.programs`."
            )
        }
        let parts = makeProcess(
            node: parent.identity.node,
            disk: parent.files.shared,
            isChild: true
        )
        let (identity, host) = (parts.identity, parts.host)
        do throws(WeirError) { try host.begin(program, path: path, from: parent) } catch {
            live.removeAll { $0 === parts }
            throw error
        }
        simulation.record(.process, UInt64(identity.id))
        identity.onLastThread = { [weak self, weak parts] in
            if let self, let parts { end(parts, .exited(0)) }
        }
        let world = SimulatedWorld(self, parts)
        scheduler.add(identity) { [weak self] in
            body(world, program.arguments)
            self?.scheduler.endIfIdle(identity)
        }
        return SimulatedChildProcess(parts, self)
    }

    /// Ends a process: its threads are gone, its connections close, its locks are free.
    ///
    /// A child is gone for ever; one that a test has made can be used again.
    func end(_ parts: ProcessParts, _ status: ExitStatus) {
        let identity = parts.identity
        guard !identity.hasEnded else { return }
        let unfinished = scheduler.removeAll(of: identity)
        parts.network.closeAll()
        parts.disk.closeAll()
        identity.isFrozen = false
        simulation.record(.crash, UInt64(identity.id))
        guard identity.isChild else { return }
        let delay = Int64(simulation.choose(below: Self.longestNotice))
        identity.noteEnd(status, visibleAt: simulation.now + delay)
        live.removeAll { $0 === parts }
        // A thread that waits for it on the stack must come to its end there. Nothing of it reaches the
        // world any more.
        parts.disk.isShut = true
        for work in unfinished { work() }
    }

    /// Ends all processes of a node, whose disks lose what was not synchronised.
    func cutPower(ofNode node: String) {
        let victims = live.filter { $0.identity.node == node }
        for victim in victims { end(victim, .signalled(9)) }
        var crashed: [SimulatedDisk] = []
        for victim in victims where !crashed.contains(where: { $0 === victim.disk.shared }) {
            crashed.append(victim.disk.shared)
            victim.disk.crash()
        }
    }
}
