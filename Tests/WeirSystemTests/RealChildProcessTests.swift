import Testing
import WeirCore
import WeirSystem

@Suite("Real child processes")
struct RealChildProcessTests {
    let directory: TemporaryDirectory
    var world: RealWorld { directory.world }

    init() throws { directory = try TemporaryDirectory() }

    @Test("an exit code reaches the parent, through a poller, and stays known")
    func exitCode() throws {
        let child = try world.shell("exit 7")
        #expect(try world.end(of: child) == .exited(7))
        #expect(try child.exitStatus() == .exited(7))
        #expect(child.resourceUsage() == nil)
        child.send(.kill)
        #expect(try world.files.status("/proc/\(child.processID)") == nil)
        #expect("\(WeirCore.ExitStatus.exited(7))" == "exit code 7")
        #expect("\(WeirCore.ExitStatus.signalled(9))" == "signal 9")
    }

    @Test("a child that has ended stays ready until it is forgotten")
    func levelTriggered() throws {
        let child = try world.shell("exit 0")
        let poller = try world.threads.makePoller()
        try poller.watch(child, token: 5)
        poller.park(until: nil)
        #expect(poller.takeReady() == [5])
        poller.park(until: nil)
        #expect(poller.takeReady() == [5])
        poller.forget(child)
        poller.park(until: .min)
        #expect(poller.takeReady() == [])
    }

    @Test("signals end a child, also a stopped one", arguments: [false, true])
    func signals(isStopped: Bool) throws {
        for (signal, number) in [(ProcessSignal.kill, Int32(9)), (.terminate, 15)] {
            let child = try world.processes.spawn(ChildProgram("/bin/sleep", arguments: ["1000"]))
            #expect(try child.exitStatus() == nil)
            if isStopped {
                child.send(.stop)
                while try state(of: child) != "T" {}
            }
            child.send(signal)
            // SIGTERM waits until the process goes on.
            if isStopped && number == 15 { child.send(.continue) }
            #expect(try world.end(of: child) == .signalled(number))
        }
    }

    @Test("a stopped child takes no steps until it is continued")
    func stop() throws {
        let child = try world.shell("while :; do :; done")
        child.send(.stop)
        while try state(of: child) != "T" {}
        let before = try #require(child.resourceUsage()).cpuNanoseconds
        #expect(child.resourceUsage()?.cpuNanoseconds == before)
        child.send(.continue)
        while try #require(child.resourceUsage()).cpuNanoseconds == before {}
        #expect(try #require(child.resourceUsage()).residentBytes > 100_000)
        child.send(.kill)
        #expect(try world.end(of: child) == .signalled(9))
    }

    @Test("a program that cannot be run is an error that names it and the reason")
    func cannotRun() throws {
        let junk = directory.file("junk")
        #expect(try world.end(of: world.shell("echo junk > \(junk)")) == .exited(0))
        for (path, reason) in [
            ("/no/such/program", "No such file or directory"), (junk, "Permission denied"),
            (directory.path, "Permission denied"), ("/bin/s\0h", "Invalid argument"),
        ] {
            let error = #expect(throws: WeirError.self) {
                try world.processes.spawn(ChildProgram(path))
            }
            #expect(error?.code == .processFailed)
            #expect(error?.message == "\(path) cannot be run: \(reason).")
            #expect(error?.fix.isEmpty == false)
        }
        #expect(try world.end(of: world.shell("chmod +x \(junk)")) == .exited(0))
        let error = #expect(throws: WeirError.self) {
            try world.processes.spawn(ChildProgram(junk))
        }
        #expect(error?.reason == "It is no program of this machine.")
    }

    @Test("a working directory or an output that cannot be opened is an error that names it")
    func cannotOpen() throws {
        let missing = directory.file("missing")
        var program = ChildProgram("/bin/true", workingDirectory: missing)
        var error = #expect(throws: WeirError.self) { try world.processes.spawn(program) }
        #expect(error?.code == .fileMissing)
        #expect(error?.message == "opening working directory \(missing) failed")
        program = ChildProgram("/bin/true", outputPath: missing + "/log")
        error = #expect(throws: WeirError.self) { try world.processes.spawn(program) }
        #expect(error?.code == .fileMissing)
        #expect(error?.message == "opening output \(missing)/log failed")
    }

    @Test("a child has its arguments, variables, directory, empty input, group, and output file")
    func surroundings() throws {
        let script = """
            echo "$0|$1|$ADDED|${PATH-no path}|${HOME-no home}"; pwd; cat
            echo "group $(($(cut -d' ' -f5 /proc/$$/stat) - $$))"; echo error >&2
            """
        let program = ChildProgram(
            "/bin/sh",
            arguments: ["-c", script, "a b", ""],
            environment: ["ADDED": "x=y", "PATH": "/usr/bin:/bin"],
            removedVariables: ["HOME", "PATH"],
            workingDirectory: directory.path,
            outputPath: directory.file("log")
        )
        for _ in 0..<2 {
            #expect(try world.end(of: world.processes.spawn(program)) == .exited(0))
        }
        let once = """
            a b||x=y|/usr/bin:/bin|no home
            \(directory.path)
            group 0
            error

            """
        #expect(try world.files.text(directory.file("log")) == once + once)
    }

    @Test("a child's errors go to a file of their own if that is asked for")
    func errorsApart() throws {
        let program = ChildProgram(
            "/bin/sh",
            arguments: ["-c", "echo out; echo error >&2"],
            outputPath: directory.file("out"),
            errorPath: directory.file("error")
        )
        #expect(try world.end(of: world.processes.spawn(program)) == .exited(0))
        #expect(try world.files.text(directory.file("out")) == "out\n")
        #expect(try world.files.text(directory.file("error")) == "error\n")
    }

    @Test("this program's file is known")
    func executablePath() throws {
        let path = world.processes.executablePath
        #expect(path.hasPrefix("/"))
        #expect(try world.files.status(path)?.isDirectory == false)
    }

    @Test("200 quick children, held or let go of, leave no zombie and no descriptor")
    func manyChildren() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let world = RealWorld()
            let program = ChildProgram("/bin/true")
            let before = try world.files.list("/proc/self/fd").count
            var identities: [Int] = []
            for number in 0..<100 {
                let child = try world.processes.spawn(program)
                let lost = try world.processes.spawn(program)
                identities += [child.processID, lost.processID]
                guard try world.end(of: child) == .exited(0) else { world.processes.exit(1) }
                // Its handle goes now; what remains is looked at by the next start.
                if number % 2 == 0 { guard try world.end(of: lost) != nil else { continue } }
            }
            for number in identities {
                // The last ones may still run; each start looks after those that have ended.
                while try world.files.status("/proc/\(number)") != nil {
                    _ = try world.end(of: world.processes.spawn(program))
                }
            }
            let after = try world.files.list("/proc/self/fd").count
            // The testing library opens and closes some of its own meanwhile.
            world.processes.exit(after < before + 20 ? 7 : 2)
        }
    }

    /// The letter that the kernel has for what a process does.
    private func state(of child: any ChildProcess) throws -> String {
        let file = try world.files.open("/proc/\(child.processID)/stat", .read)
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = try bytes.withUnsafeMutableBytes { try file.read(at: 0, into: $0) }
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        let rest = text.split(separator: ")").last ?? ""
        return String(rest.split(separator: " ").first ?? "")
    }
}

extension RealWorld {
    /// Runs a script of the shell.
    func shell(_ script: String) throws -> any ChildProcess {
        try processes.spawn(ChildProgram("/bin/sh", arguments: ["-c", script]))
    }

    /// Waits for a child's end.
    func end(of child: any ChildProcess) throws -> WeirCore.ExitStatus? {
        let poller = try threads.makePoller()
        try poller.watch(child, token: 1)
        poller.park(until: nil)
        #expect(poller.takeReady() == [1])
        return try child.exitStatus()
    }
}
