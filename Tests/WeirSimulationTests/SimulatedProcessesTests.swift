import Testing
import WeirCore
import WeirSimulation

@Suite("Several simulated processes")
struct SimulatedProcessesTests {
    let world = SimulatedWorld(seed: 61, node: "a")
    let log = Log()

    @Test("killing one process ends its threads, connections, listeners and locks, and no other's")
    func kill() throws {
        let other = world.makeProcess(node: "a")
        #expect([world.processes.processID, other.processes.processID] == [1, 2])
        let listener = try other.network.listen(host: "", port: 80)
        let client = try world.network.connect(host: "", port: 80)
        let server = try #require(try listener.accept())
        let file = try world.files.open("/file", .createNew)
        let lock = try #require(try other.files.lock("/lock", .exclusive))
        #expect(try world.files.lock("/lock", .exclusive) == nil)
        world.say("one", log)
        other.say("two", log)
        world.run(for: 3_000_000)
        other.killProcess()
        let count = log.lines.count { $0 == "two" }
        world.run(for: 10_000_000)
        #expect(log.lines.count { $0 == "two" } == count)
        #expect(log.lines.count { $0 == "one" } > count)
        #expect(try client.text() == "")
        #expect(code { _ = try server.text() } == .networkFailed)
        #expect(code { _ = try world.network.connect(host: "", port: 80) } == .networkFailed)
        try file.write("still open")
        let again = try #require(try world.files.lock("/lock", .exclusive))
        lock.release()
        #expect(try other.files.isLocked("/lock"))
        again.release()
        #expect(try !other.files.isLocked("/lock"))
        // The dead process's world serves the next one.
        _ = try other.network.listen(host: "", port: 80)
    }

    @Test("processes see one disk or their own; a power cut takes all of a node")
    func disks() throws {
        let near = world.makeProcess(node: "a")
        let far = world.makeProcess(node: "b", disk: .own)
        try near.files.replaceAll("/x", with: [1])
        #expect(try world.files.list("/") == ["x"])
        #expect(try far.files.list("/") == [])
        let lock = try #require(try far.files.lock("/lock", .exclusive))
        near.say("near", log)
        far.say("far", log)
        world.run(for: 2_000_000)
        world.cutPower()
        let lines = log.lines
        world.run(for: 10_000_000)
        #expect(log.lines.count { $0 == "near" } == lines.count { $0 == "near" })
        #expect(log.lines.count { $0 == "far" } > lines.count { $0 == "far" })
        #expect(try far.files.isLocked("/lock"))
        lock.release()
    }

    @Test("a frozen process takes no steps, and its sockets fill, until it goes on")
    func frozen() throws {
        let other = world.makeProcess(node: "b")
        let listener = try other.network.listen(host: "b", port: 80)
        let client = try world.network.connect(host: "b", port: 80)
        let server = try #require(try listener.accept())
        other.say("step", log)
        other.threads.background { log.add("background") }
        other.isFrozen = true
        world.run(for: 10_000_000)
        #expect(log.lines == [])
        var sent = 0
        while true {
            let count = try client.write(String(repeating: "x", count: 10_000))
            if count == 0 { break }
            sent += count
        }
        #expect(sent == 65_536)
        other.isFrozen = false
        world.run(for: 10_000_000)
        #expect(log.lines.contains("step"))
        #expect(log.lines.contains("background"))
        #expect(try server.text()?.isEmpty == false)
    }

    @Test("a program gets what it was started with, and ends with its threads")
    func program() throws {
        try world.files.makeDirectory("/place")
        world.process.variables = ["KEPT": "1", "LOST": "2"]
        world.programs["/bin/worker"] = { [log] process, arguments in
            log.add("\(arguments) \(process.node) \(process.processes.processID)")
            log.add("\(process.process.variables.sorted { $0.key < $1.key }.map(\.value))")
            log.add(process.processes.executablePath)
            process.processes.tell("told")
            try? process.files.replaceAll("result", with: [7])
            process.say("step", log, times: 3)
        }
        let child = try world.processes.spawn(
            ChildProgram(
                "bin/./worker",
                arguments: ["x", "y"],
                environment: ["ADDED": "3"],
                removedVariables: ["LOST"],
                workingDirectory: "/place",
                outputPath: "/log"
            )
        )
        #expect(try child.exitStatus() == nil)
        #expect(child.resourceUsage() != nil)
        #expect(try world.end(of: child) == .exited(0))
        #expect(child.resourceUsage() == nil)
        let facts = ["[\"x\", \"y\"] a 2", "[\"3\", \"1\"]", "/bin/worker"]
        #expect(log.lines == facts + ["step", "step", "step"])
        #expect(try world.files.readAll("/place/result") == [7])
        #expect(try world.files.text("/log") == "told")
    }

    @Test("what is not registered, or has no directory or output, cannot be started")
    func cannotSpawn() throws {
        let error = #expect(throws: WeirError.self) {
            try world.processes.spawn(ChildProgram("/bin/none"))
        }
        #expect(error?.code == .processFailed)
        #expect(error?.message == "/bin/none cannot be run: No such file or directory.")
        world.programs["/bin/worker"] = { _, _ in }
        var program = ChildProgram("/bin/worker", workingDirectory: "/none")
        #expect(code { _ = try world.processes.spawn(program) } == .fileMissing)
        program = ChildProgram("/bin/worker", outputPath: "/none/log")
        #expect(code { _ = try world.processes.spawn(program) } == .fileMissing)
        program = ChildProgram("/bin/worker")
        #expect(try world.end(of: world.processes.spawn(program)) == .exited(0))
    }

    @Test("signals kill, ask, freeze and continue a child, and its end closes its connections")
    func signals() throws {
        world.programs["/bin/plain"] = { [log] process, _ in process.say("plain", log) }
        world.programs["/bin/polite"] = { [log] process, _ in
            process.say("polite", log)
            process.processes.onInterrupt { process.endProcess(code: 5) }
            _ = try? process.network.listen(host: "a", port: 80)
        }
        for (path, signal, status) in [
            ("/bin/plain", ProcessSignal.kill, WeirCore.ExitStatus.signalled(9)),
            ("/bin/plain", .terminate, .signalled(15)), ("/bin/polite", .terminate, .exited(5)),
        ] {
            let child = try world.processes.spawn(ChildProgram(path))
            world.run(for: 10_000_000)
            child.send(.stop)
            let lines = log.lines
            let client = try? world.network.connect(host: "a", port: 80)
            child.send(signal)
            world.run(for: 10_000_000)
            #expect(log.lines == lines)
            #expect(try child.exitStatus() == (signal == .kill ? status : nil))
            child.send(.continue)
            #expect(try world.end(of: child) == status)
            child.send(.kill)
            world.run(for: 10_000_000)
            if path == "/bin/polite" { #expect(try client?.text() == "") }
        }
        #expect(log.lines.contains("polite"))
    }

    @Test("a parent is told of a child's end a while later, by its poller")
    func notice() throws {
        var delays: Set<Int64> = []
        for seed in 0..<20 {
            let world = SimulatedWorld(seed: UInt64(seed), stepNanoseconds: 0)
            world.programs["/bin/worker"] = { [log] process, _ in process.say("step", log) }
            let child = try world.processes.spawn(ChildProgram("/bin/worker"))
            world.run(for: 5_000_000)
            let killed = world.clock.monotonicNanoseconds()
            child.send(.kill)
            #expect(try world.end(of: child) == .signalled(9))
            delays.insert(world.clock.monotonicNanoseconds() - killed)
        }
        #expect(delays.count > 10)
        #expect(delays.allSatisfy { (0..<1_000_000).contains($0) })
    }

    @Test("the same seed gives the same run of several processes, another seed another")
    func determinism() throws {
        for seed in [3, 4] as [UInt64] {
            let hash = try Cluster(seed: seed).run()
            #expect(try Cluster(seed: seed).run() == hash, "seed \(seed)")
            #expect(try Cluster(seed: seed ^ 8).run() != hash, "seed \(seed)")
        }
    }
}

extension SimulatedWorld {
    /// Starts a thread that says something each millisecond.
    fileprivate func say(_ line: String, _ log: Log, times limit: Int = .max) {
        _ = threads.run(name: line, parker: threads.makeParker()) {
            Sayer(self, line, limit: limit, log)
        }
    }

    /// Waits for a child's end.
    fileprivate func end(of child: any ChildProcess) throws -> WeirCore.ExitStatus? {
        let poller = try threads.makePoller()
        try poller.watch(child, token: 1)
        poller.park(until: nil)
        #expect(poller.takeReady() == [1])
        poller.forget(child)
        return try child.exitStatus()
    }
}

private final class Sayer: Steppable {
    private let world: SimulatedWorld
    private let line: String
    private var left: Int
    private let log: Log

    init(_ world: SimulatedWorld, _ line: String, limit: Int, _ log: Log) {
        self.world = world
        self.line = line
        left = limit
        self.log = log
    }

    func step() -> StepOutcome {
        log.add(line)
        left -= 1
        return left == 0 ? .finished : .park(until: world.clock.monotonicNanoseconds() + 1_000_000)
    }
}

/// A parent with three children on a second node, all connected to it; one is killed, one frozen.
private struct Cluster {
    let seed: UInt64

    func run() throws -> UInt64 {
        let world = SimulatedWorld(seed: seed, node: "jm")
        let agent = world.makeProcess(node: "tm", disk: .own)
        let listener = try world.network.listen(host: "jm", port: 6123)
        world.programs["/bin/worker"] = { process, _ in
            guard let poller = try? process.threads.makePoller() else { return }
            _ = process.threads.run(name: "worker", parker: poller) { Chatter(process, poller) }
        }
        let children = try (0..<3).map { _ in
            try agent.processes.spawn(ChildProgram("/bin/worker"))
        }
        world.run(for: 20_000_000)
        children[0].send(.kill)
        children[1].send(.stop)
        world.loopback.cut(from: "tm", to: "jm")
        world.run(for: 20_000_000)
        children[1].send(.continue)
        world.loopback.healAll()
        world.run(for: 20_000_000)
        while let connection = try listener.accept() {
            while let text = try? connection.text(), !text.isEmpty { world.processes.tell(text) }
        }
        agent.cutPower()
        return world.traceHash
    }
}

/// Sends random numbers, and says what it reads.
private final class Chatter: Steppable {
    private let world: SimulatedWorld
    private let poller: any Poller
    private var connection: (any Connection)?

    init(_ world: SimulatedWorld, _ poller: any Poller) {
        self.world = world
        self.poller = poller
    }

    func step() -> StepOutcome {
        do {
            let open = try connection ?? world.network.connect(host: "jm", port: 6123)
            if connection == nil { try poller.watch(open, token: 1, forWriting: false) }
            connection = open
            for token in poller.takeReady() { world.processes.tell("\(token)") }
            let chance = world.random.next()
            _ = try open.write("\(chance) ")
            return .park(until: world.clock.monotonicNanoseconds() + Int64(chance % 1_000_000))
        } catch { return .finished }
    }
}
