import CWeirSystem
import Glibc
import WeirCore

/// This process, as the kernel tells of it.
struct RealProcessHost: ProcessHost {
    var processID: Int { Int(getpid()) }

    func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    func environment(prefix: String) -> [String: String] {
        var variables: [String: String] = [:]
        var index = 0
        while let entry = weir_environment_entry(index) {
            index += 1
            let text = String(cString: entry)
            guard text.hasPrefix(prefix), let equals = text.firstIndex(of: "=") else { continue }
            variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        return variables
    }

    var workingDirectory: String {
        // It may have been removed: then relative paths lead nowhere, whatever they are put behind.
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    func usage() -> ResourceUsage {
        let status = ProcFiles.read("/proc/self/status")
        return ResourceUsage(
            residentBytes: ProcFiles.kibibytes("VmRSS:", in: status) * 1024,
            // Not getrusage's maximum, which starts with that of the process that forked this one.
            peakResidentBytes: ProcFiles.kibibytes("VmHWM:", in: status) * 1024,
            cpuNanoseconds: nanoseconds(of: CLOCK_PROCESS_CPUTIME_ID)
        )
    }

    var machine: MachineResources {
        let memory = ProcFiles.read("/proc/meminfo")
        return MachineResources(
            processors: Int(max(1, weir_processor_count())),
            memoryBytes: ProcFiles.kibibytes("MemTotal:", in: memory) * 1024
        )
    }

    func terminalWidth(_ stream: StandardStream) -> Int? {
        let columns = weir_terminal_columns(descriptor(of: stream))
        return columns > 0 ? Int(columns) : nil
    }

    func write(
        _ bytes: UnsafeRawBufferPointer,
        to stream: StandardStream
    ) throws(WeirError) {
        let target = descriptor(of: stream)
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            switch retrying({ Glibc.write(target, rest.baseAddress, rest.count) }) {
            case .success(let count): written += count
            case .failure(let failure):
                // Who reads a pipe and ends, as `head` does, wants no more.
                if failure.number == EPIPE { return }
                guard failure.number == EAGAIN else {
                    throw SystemFailure.file(failure.number, "writing to", name(of: stream))
                }
                _ = waitFor(Int16(POLLOUT), target, until: .max)
            }
        }
    }

    func killSelf() -> Never {
        kill(getpid(), SIGKILL)
        // The signal arrives before `kill` returns, unless the kernel is broken.
        abort()
    }

    func exit(_ code: Int32) -> Never {
        // Not through the C++ library's end: it takes RocksDB's locks apart while an I/O thread may
        // still be folding, which would abort the process.
        fflush(nil)
        Glibc._exit(code)
    }

    func replaceSelf(with path: String, arguments: [String]) throws(WeirError) {
        // A bare name would be looked for where the caller did not say.
        let file = path.contains("/") ? path : "./" + path
        let list = ([path] + arguments).map { strdup($0) } + [nil]
        execv(file, list)
        let failure = errno
        for text in list { free(text) }
        throw Spawner.cannotRun(path, failure)
    }

    func onInterrupt(_ handler: @escaping @Sendable () -> Void) {
        InterruptWatcher.shared.add(handler)
    }

    var executablePath: String {
        let link = "/proc/self/exe"
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(link, &buffer, buffer.count)
        let path = buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
        let text = String(decoding: path, as: UTF8.self)
        // The link can be run as well, also if the file was replaced by another version.
        return text.isEmpty || text.hasSuffix(" (deleted)") ? link : text
    }

    func spawn(_ program: ChildProgram) throws(WeirError) -> any ChildProcess {
        try Spawner.spawn(
            program,
            path: absolutePath(program.path),
            environment: environment(for: program)
        )
    }

    /// This process's environment with a program's changes, as entries NAME=value.
    private func environment(for program: ChildProgram) -> [String] {
        var variables = environment(prefix: "")
        for name in program.removedVariables { variables[name] = nil }
        variables.merge(program.environment) { $1 }
        return variables.map { "\($0.key)=\($0.value)" }.sorted()
    }

    private func name(of stream: StandardStream) -> String {
        switch stream {
        case .output: "standard output"
        case .error: "standard error"
        }
    }

    private func descriptor(of stream: StandardStream) -> CInt {
        switch stream {
        case .output: STDOUT_FILENO
        case .error: STDERR_FILENO
        }
    }
}
