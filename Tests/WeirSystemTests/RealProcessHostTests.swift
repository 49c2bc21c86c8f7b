import Glibc
import Testing
import WeirCore
import WeirSystem

@Suite("The real process")
struct RealProcessHostTests {
    let world = RealWorld()

    @Test("usage, id and environment are this process's")
    func facts() {
        let usage = world.processes.usage()
        #expect(usage.residentBytes > 1 << 20)
        #expect(usage.peakResidentBytes >= usage.residentBytes)
        #expect(usage.cpuNanoseconds > 0)
        let machine = world.processes.machine
        #expect(machine.processors >= 1)
        #expect(machine.memoryBytes > usage.residentBytes)
        #expect(world.processes.processID == Int(getpid()))
        #expect(world.processes.environment("PATH") != nil)
        #expect(world.processes.environment("WEIR_NO_SUCH_VARIABLE") == nil)
        #expect(world.processes.environment(prefix: "PAT")["PATH"] != nil)
        #expect(world.processes.environment(prefix: "WEIR_NO_SUCH_VARIABLE").isEmpty)
    }

    @Test("the clocks agree with the system's")
    func clocks() {
        let first = world.clock.monotonicNanoseconds()
        #expect(world.clock.monotonicNanoseconds() >= first)
        #expect(abs(world.clock.wallMilliseconds() - Int64(time(nil)) * 1000) < 10_000)
    }

    @Test("killing itself ends the process by SIGKILL, and frees its locks")
    func killSelf() async throws {
        let directory = try TemporaryDirectory()
        setenv("TEST_LOCK", directory.file("lock"), 1)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            let world = RealWorld()
            let path = try #require(world.processes.environment("TEST_LOCK"))
            let lock = try #require(try world.files.lock(path, .exclusive))
            try withExtendedLifetime(lock) {
                guard try world.files.lock(path, .exclusive) == nil else { return }
                world.processes.killSelf()
            }
        }
        #expect(try directory.world.files.status(directory.file("lock")) != nil)
        #expect(try directory.world.files.lock(directory.file("lock"), .exclusive) != nil)
    }

    @Test("interrupt and terminate reach the handler instead of ending the process")
    func interrupts() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let world = RealWorld()
            let parker = world.threads.makeParker()
            let count = Interrupts()
            world.processes.onInterrupt {
                count.add()
                parker.wake()
            }
            for (number, signal) in [SIGINT, SIGTERM].enumerated() {
                kill(getpid(), signal)
                while count.value <= number { parker.park(until: nil) }
            }
            exit(7)
        }
    }

    @Test("the soft limit of open files becomes the hard one")
    func descriptorLimit() async {
        await #expect(processExitsWith: .exitCode(7)) {
            var limit = rlimit()
            let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            guard getrlimit(files, &limit) == 0 else { exit(1) }
            limit.rlim_cur = min(256, limit.rlim_max)
            guard setrlimit(files, &limit) == 0 else { exit(2) }
            _ = RealWorld()
            guard getrlimit(files, &limit) == 0 else { exit(3) }
            exit(limit.rlim_cur == limit.rlim_max ? 7 : 4)
        }
    }

    @Test("a process becomes another program, with its arguments and environment")
    func replaceSelf() async throws {
        setenv("TEST_WORD", "kept", 1)
        let result = await #expect(
            processExitsWith: .exitCode(5),
            observing: [\.standardOutputContent]
        ) {
            try RealWorld().processes.replaceSelf(
                with: "/bin/sh",
                arguments: ["-c", "echo $TEST_WORD $0; exit 5", "a b"]
            )
        }
        let output = try #require(result?.standardOutputContent)
        #expect(String(decoding: output, as: UTF8.self).contains("kept a b\n"))
    }

    @Test("what is no program is refused, and the process goes on")
    func replaceSelfFails() {
        let error = #expect(throws: WeirError.self) {
            try world.processes.replaceSelf(with: "/etc/passwd", arguments: [])
        }
        #expect(error?.code == .processFailed)
        #expect(error?.message.contains("/etc/passwd") == true)
    }

    @Test("too many open files say which limit it is, and how to raise it")
    func tooManyOpenFiles() async throws {
        let result = await #expect(
            processExitsWith: .success,
            observing: [\.standardErrorContent]
        ) {
            var limit = rlimit(rlim_cur: 32, rlim_max: 32)
            guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
                exit(1)
            }
            let world = RealWorld()
            var open: [any OpenFile] = []
            do throws(WeirError) {
                while open.count < 64 { open.append(try world.files.open("/dev/null", .read)) }
            } catch {
                world.processes.tell("\(error)")
            }
        }
        let text = String(decoding: try #require(result?.standardErrorContent), as: UTF8.self)
        #expect(text.contains("Too many open files"), "\(text)")
        #expect(text.contains("`ulimit -Hn 65536`"), "\(text)")
    }

    @Test("a poller that the limit of open files does not allow is an error, and leaks nothing")
    func noPoller() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let world = RealWorld()
            var limit = rlimit(rlim_cur: 48, rlim_max: 48)
            let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            guard setrlimit(files, &limit) == 0 else { exit(1) }
            for round in 0..<100 {
                // It needs two: an odd number of free ones is short of the second.
                let odd = try round % 2 == 0 ? nil : world.files.open("/dev/null", .read)
                var pollers: [any Poller] = []
                do throws(WeirError) {
                    while pollers.count < 48 { pollers.append(try world.threads.makePoller()) }
                    exit(2)
                } catch {
                    guard error.code == .networkFailed, error.fix.contains("ulimit") else {
                        exit(3)
                    }
                }
                guard pollers.count > 5 else { exit(4) }
                odd?.close()
            }
            exit(7)
        }
    }

    @Test("a child inherits no descriptor, no blocked and no ignored signal")
    func cleanChild() async throws {
        let directory = try TemporaryDirectory()
        setenv("TEST_OUTPUT", directory.file("output"), 1)
        await #expect(processExitsWith: .exitCode(7)) {
            let world = RealWorld()
            let output = try #require(world.processes.environment("TEST_OUTPUT"))
            // Not closed on exec, as descriptors of libraries may be.
            guard dup2(0, 77) == 77 else { exit(1) }
            signal(SIGINT, SIG_IGN)
            signal(SIGCHLD, SIG_IGN)
            var blocked = sigset_t()
            sigemptyset(&blocked)
            sigaddset(&blocked, SIGTERM)
            guard pthread_sigmask(SIG_BLOCK, &blocked, nil) == 0 else { exit(2) }
            let child = try world.processes.spawn(
                ChildProgram(
                    "/bin/sh",
                    arguments: ["-c", "ls /proc/$$/fd; grep -E 'SigBlk|SigIgn' /proc/self/status"],
                    outputPath: output
                )
            )
            let poller = try world.threads.makePoller()
            try poller.watch(child, token: 1)
            poller.park(until: nil)
            guard try child.exitStatus() == .exited(0) else { exit(3) }
            exit(7)
        }
        let output = try directory.world.files.text(directory.file("output"))
        let lines = output.split(separator: "\n")
        #expect(lines.prefix(3) == ["0", "1", "2"])
        #expect(lines.count == 5)
        for line in lines.dropFirst(3) {
            let mask = try #require(UInt64(line.suffix(16), radix: 16), "\(line)")
            // The C library keeps the two signals behind the first 31 for itself.
            #expect(mask & 0x7fff_ffff == 0, "\(line)")
        }
    }

    @Test("standard output takes all bytes")
    func standardOutput() async throws {
        let result = await #expect(
            processExitsWith: .success,
            observing: [\.standardOutputContent]
        ) {
            try RealWorld().processes.write(String(repeating: "x", count: 300_000), to: .output)
        }
        let output = try #require(result?.standardOutputContent)
        #expect(output.filter { $0 == UInt8(ascii: "x") }.count >= 300_000)
    }
}
