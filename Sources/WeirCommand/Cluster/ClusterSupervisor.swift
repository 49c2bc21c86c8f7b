import WeirCore

/// Starts the processes of a local cluster and starts those again that end; ends them when asked to.
///
/// What it is asked comes over a socket, a line each: `status`, `stop`, and `member NAME ...` of its own
/// processes, which end when that connection does: without it there is no cluster.
final class ClusterSupervisor: Steppable {
    /// How the cluster is to be.
    struct Plan {
        /// The program that all its processes run.
        var program: String
        /// Where each job manager is to be.
        var jobManagers: [JobManagerPlace]
        /// By what several job managers agree who leads; nil: there is one.
        var ha: String?
        var taskManagers: Int
        var slots: Int
        var memory: String
        /// The token that was given; nil: the job manager draws one.
        var tokenFile: String?
    }

    /// The addresses of a job manager.
    struct JobManagerPlace {
        var rest: HostAndPort
        var rpc: HostAndPort
    }

    /// Connections at a time; past it the oldest stranger goes.
    private static let mostPeers = 64
    /// Bytes of the longest request.
    private static let mostBytes = 1024
    /// How long a process may take to end when asked to, in nanoseconds.
    private static let endPatience: Int64 = 10_000_000_000
    private static let listenerToken = 0
    private static let bellToken = 1

    private final class Peer {
        let connection: any Connection
        let token: Int
        var text = ""
        /// What it said to be; nil for one that only asks.
        var role: String?
        /// Whether it waits for the end.
        var waitsForEnd = false

        init(_ connection: any Connection, token: Int) {
            self.connection = connection
            self.token = token
        }
    }

    private enum Phase {
        case running
        /// Job managers end first, so that they take nobody for lost.
        case ending(killAt: Int64)
    }

    private let cluster: LocalCluster
    private var plan: Plan
    private let listener: any Listener
    private let poller: any Poller
    private let interrupts: EventQueue<Void>
    private let onFailure: @Sendable (WeirError) -> Void
    private let roles: [SupervisedRole]
    private var peers: [Peer] = []
    private var nextToken: Int
    private var phase = Phase.running
    /// Whether a job manager has led, so that task managers may come: its ports are known.
    private var isAddressKnown = false

    private var world: any World { cluster.world }

    init(
        cluster: LocalCluster,
        plan: Plan,
        listener: any Listener,
        poller: any Poller,
        interrupts: EventQueue<Void>,
        onFailure: @escaping @Sendable (WeirError) -> Void
    ) {
        self.cluster = cluster
        self.plan = plan
        self.listener = listener
        self.poller = poller
        self.interrupts = interrupts
        self.onFailure = onFailure
        let managerNames = plan.jobManagers.indices.map {
            plan.jobManagers.count == 1 ? "jobmanager" : "jobmanager-\($0 + 1)"
        }
        let names = managerNames + (0..<plan.taskManagers).map { "taskmanager-\($0 + 1)" }
        roles = names.enumerated().map { index, name in
            SupervisedRole(
                name: name,
                log: cluster.directory + "/\(name).log",
                token: 2 + index
            )
        }
        nextToken = 2 + roles.count
        for role in managers { start(role) }
    }

    private var managers: ArraySlice<SupervisedRole> { roles.prefix(plan.jobManagers.count) }

    private var taskManagers: ArraySlice<SupervisedRole> {
        roles.dropFirst(plan.jobManagers.count)
    }

    func step() -> StepOutcome {
        if !interrupts.takeAll().isEmpty { end() }
        for token in poller.takeReady() { serve(token) }
        let now = world.clock.monotonicNanoseconds()
        switch phase {
        case .running:
            for role in roles where (role.startAt ?? .max) <= now { start(role) }
            return .park(until: roles.compactMap(\.startAt).min())
        case .ending(let killAt):
            if now >= killAt { for role in roles { role.process?.send(.kill) } }
            let hasEnded = roles.allSatisfy { $0.process == nil }
            guard hasEnded else { return .park(until: max(now + 10_000_000, killAt)) }
            finish()
            return .finished
        }
    }

    private func serve(_ token: Int) {
        if token == Self.listenerToken { return accept() }
        if let role = roles.first(where: { $0.token == token }) { return reap(role) }
        if let peer = peers.first(where: { $0.token == token }) { listen(to: peer) }
    }

    // MARK: Processes

    private func start(_ role: SupervisedRole) {
        do throws(WeirError) {
            try role.start(program(of: role), world, poller)
            say("\(role.name) is process \(role.process?.processID ?? 0)")
        } catch {
            say("\(role.name) could not be started: \(error)")
            role.ended(at: world.clock.monotonicNanoseconds(), poller)
            if !role.wasReady { give(up: role, "\(error)") }
        }
    }

    private func program(of role: SupervisedRole) -> ChildProgram {
        var arguments = ["--supervisor", cluster.socket, "--name", role.name]
        if let index = managers.firstIndex(where: { $0 === role }) {
            let place = plan.jobManagers[index]
            arguments += [
                "--data", cluster.jobManager, "--rest", "\(place.rest)", "--rpc", "\(place.rpc)",
            ]
            if let file = plan.tokenFile { arguments += ["--token-file", file] }
            if let ha = plan.ha { arguments += ["--ha", ha] }
            arguments.insert("jobmanager", at: 0)
        } else {
            arguments += [
                "--data", cluster.directory + "/\(role.name)", "--jobmanager", rpc,
                "--slots", "\(plan.slots)", "--memory", plan.memory,
                "--token-file", plan.tokenFile ?? cluster.token,
            ]
            arguments.insert("taskmanager", at: 0)
        }
        return ChildProgram(plan.program, arguments: arguments, outputPath: role.log)
    }

    private func reap(_ role: SupervisedRole) {
        var ending = ""
        do throws(WeirError) {
            guard let status = try role.process?.exitStatus() else { return }
            ending = "\(status)"
        } catch {
            ending = "\(error)"
        }
        say("\(role.name) has ended: \(ending)")
        role.ended(at: world.clock.monotonicNanoseconds(), poller)
        switch phase {
        case .running: if !role.wasReady { give(up: role, ending) }
        case .ending: endTaskManagers()
        }
    }

    /// A process that never came up will not do so the next time.
    private func give(up role: SupervisedRole, _ ending: String) {
        let bytes = (try? world.files.readAll(role.log, limit: 1 << 24)) ?? []
        let text = String(decoding: bytes.suffix(4000), as: UTF8.self)
        onFailure(
            WeirError(
                .localCluster,
                "The cluster does not start: \(role.name) ended at once, with \(ending).",
                reason: text.split(separator: "\n").suffix(6).joined(separator: "\n         "),
                fix: "Mend that; its log is \(role.log).",
                kind: .fixEnvironment
            )
        )
        end()
    }

    // MARK: Ending

    private func end() {
        guard case .running = phase else { return }
        say("the cluster ends")
        phase = .ending(killAt: world.clock.monotonicNanoseconds() + Self.endPatience)
        for role in managers { role.process?.send(.terminate) }
        endTaskManagers()
    }

    private func endTaskManagers() {
        guard managers.allSatisfy({ $0.process == nil }) else { return }
        for role in taskManagers { role.process?.send(.terminate) }
    }

    private func finish() {
        for peer in peers {
            if peer.waitsForEnd { answer(peer, "stopped") } else { drop(peer) }
        }
        poller.forget(listener)
        listener.close()
    }

    // MARK: Requests

    private func accept() {
        // One that fails at once is as good as none.
        while let connection = try? listener.accept() {
            if peers.count >= Self.mostPeers {
                guard let stranger = peers.first(where: { $0.role == nil }) else {
                    connection.close()
                    continue
                }
                drop(stranger)
            }
            let peer = Peer(connection, token: nextToken)
            nextToken += 1
            do throws(WeirError) {
                try poller.watch(connection, token: peer.token, forWriting: false)
                peers.append(peer)
            } catch {
                connection.close()
            }
        }
    }

    private func listen(to peer: Peer) {
        guard let text = try? peer.connection.readText() else { return drop(peer) }
        peer.text += text
        guard peer.text.utf8.count <= Self.mostBytes else { return drop(peer) }
        while let end = peer.text.firstIndex(of: "\n") {
            let line = peer.text[..<end].split(separator: " ").map(String.init)
            peer.text.removeSubrange(...end)
            take(line, from: peer)
        }
    }

    private func take(_ words: [String], from peer: Peer) {
        switch words.first {
        case "status": answer(peer, status.text)
        case "stop":
            peer.waitsForEnd = true
            end()
        case "member" where words.count >= 2 && peer.role == nil: joined(words, peer)
        default: drop(peer)
        }
    }

    /// A process of the cluster is there: `member jobmanager REST RPC` when it leads, `member jobmanager-2`
    /// when it stands by, `member taskmanager-1`.
    private func joined(_ words: [String], _ peer: Peer) {
        guard let role = roles.first(where: { $0.name == words[1] }) else { return drop(peer) }
        peer.role = role.name
        role.wasReady = true
        guard let index = managers.firstIndex(where: { $0 === role }), words.count == 4,
            !isAddressKnown, let rest = try? HostAndPort(words[2], option: "--rest"),
            let rpc = try? HostAndPort(words[3], option: "--rpc")
        else { return }
        // A job manager that is started again must be where the one before was.
        plan.jobManagers[index] = JobManagerPlace(rest: rest, rpc: rpc)
        isAddressKnown = true
        if case .running = phase { for role in taskManagers { start(role) } }
    }

    /// Where clients ask, and where task managers register: all places, one of which leads.
    private var rest: String { plan.jobManagers.map { "\($0.rest)" }.joined(separator: ",") }
    private var rpc: String { plan.jobManagers.map { "\($0.rpc)" }.joined(separator: ",") }

    private var status: LocalCluster.Status {
        var status = LocalCluster.Status()
        status.supervisor = world.processes.processID
        status.slots = plan.taskManagers * plan.slots
        status.members = roles.map(\.member)
        if isAddressKnown { (status.rest, status.rpc) = (rest, rpc) }
        return status
    }

    private func answer(_ peer: Peer, _ text: String) {
        // Who does not take a few lines is not there any more.
        try? peer.connection.writeLine(text, world.clock)
        drop(peer)
    }

    private func drop(_ peer: Peer) {
        poller.forget(peer.connection)
        peer.connection.close()
        peers.removeAll { $0 === peer }
    }

    private func say(_ text: String) { world.processes.tell(text + "\n") }
}
