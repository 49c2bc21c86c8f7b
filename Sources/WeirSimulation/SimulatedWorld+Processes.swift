import WeirCore

/// Several processes in one simulation.
extension SimulatedWorld {
    /// What a program does when it is started: it gets its process's world and its arguments.
    ///
    /// It starts threads, and returns. The process ends with exit code 0 when its last thread has
    /// finished, and at any other moment by `endProcess` or a signal.
    public typealias Program = @Sendable (SimulatedWorld, [String]) -> Void

    /// Which disk a process has.
    public enum DiskChoice: Sendable {
        /// That of the process that makes it.
        case shared
        /// A new, empty one.
        case own
    }

    /// The programs that `processes.spawn` can start, in all processes, by absolute path.
    public var programs: [String: Program] {
        get { universe.programs }
        set { universe.programs = newValue }
    }

    /// The machine that the process runs on, which is its host name.
    public var node: String { parts.identity.node }

    /// Another process in this simulation, in which nothing has happened yet.
    ///
    /// `node` is its machine: processes of one node reach each other also by `localhost` and by paths,
    /// and lose power together. `disk` says whose files it sees.
    public func makeProcess(node: String, disk: DiskChoice = .shared) -> SimulatedWorld {
        let storage =
            switch disk {
            case .shared: self.disk.shared
            case .own: SimulatedDisk(universe.simulation)
            }
        return SimulatedWorld(universe, universe.makeProcess(node: node, disk: storage))
    }

    /// Whether it has not ended; one that a test has made and killed lives again.
    public var isAlive: Bool { !parts.identity.hasEnded }

    /// Whether the process is frozen, as by SIGSTOP.
    ///
    /// Its threads take no steps, time goes on, and what its peers send stays in its sockets.
    public var isFrozen: Bool {
        get { parts.identity.isFrozen }
        set { parts.identity.isFrozen = newValue && !parts.identity.hasEnded }
    }

    /// Ends the simulated process as `kill -9` does; other processes go on.
    ///
    /// Threads and connections are gone and locks free, but what was written is still in the files.
    /// The world can be used by the next process, unless a process had started this one.
    public func killProcess() { universe.end(parts, .signalled(9)) }

    /// Ends the simulated process as `exit` does, which cannot return: to be called at a step's end.
    public func endProcess(code: Int32) { universe.end(parts, .exited(code)) }

    /// Cuts the power of the process's node.
    ///
    /// That is `killProcess` for all processes there, and their disks lose what was not synchronised.
    /// A process of another node that shares such a disk loses its open files and locks.
    public func cutPower() { universe.cutPower(ofNode: node) }
}
