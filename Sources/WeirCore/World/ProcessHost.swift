/// Standard output and standard error.
public enum StandardStream: Sendable {
    /// Standard output.
    case output
    /// Standard error.
    case error
}

/// What a process uses of the machine.
public struct ResourceUsage: Sendable, Equatable {
    /// Bytes of memory resident now.
    public let residentBytes: Int
    /// The highest resident bytes so far.
    public let peakResidentBytes: Int
    /// Nanoseconds of processor time, user and system.
    public let cpuNanoseconds: Int64

    /// Wraps the facts.
    public init(residentBytes: Int, peakResidentBytes: Int, cpuNanoseconds: Int64) {
        self.residentBytes = residentBytes
        self.peakResidentBytes = peakResidentBytes
        self.cpuNanoseconds = cpuNanoseconds
    }
}

/// What a machine has for its processes.
public struct MachineResources: Sendable, Equatable {
    /// Processors that this process may use.
    public let processors: Int
    /// Bytes of memory.
    public let memoryBytes: Int

    /// Wraps the facts.
    public init(processors: Int, memoryBytes: Int) {
        self.processors = processors
        self.memoryBytes = memoryBytes
    }
}

/// This process, its environment and standard streams, and others.
public protocol ProcessHost: Sendable {
    /// This process's id.
    var processID: Int { get }
    /// A variable of the environment.
    func environment(_ name: String) -> String?
    /// The variables of the environment whose names begin with a prefix.
    func environment(prefix: String) -> [String: String]
    /// The directory that relative paths start at.
    var workingDirectory: String { get }
    /// Memory and processor time of this process.
    func usage() -> ResourceUsage
    /// What the machine has.
    var machine: MachineResources { get }
    /// Whether a stream is a terminal, and how wide; nil if it is not.
    func terminalWidth(_ stream: StandardStream) -> Int?
    /// Writes to a standard stream; a pipe that nobody reads any more takes the bytes, too.
    ///
    /// - Throws: `diskFull`, `fileFailed` if the stream does not take them.
    func write(_ bytes: UnsafeRawBufferPointer, to stream: StandardStream) throws(WeirError)
    /// Ends the process at once, with no clean-up: for fault tests. Never returns.
    func killSelf() -> Never
    /// Ends the process in order, with an exit code. Never returns.
    func exit(_ code: Int32) -> Never
    /// Becomes another program, which keeps the process's id, streams and environment. `arguments`
    /// do not contain the program's name. The real world returns only by throwing `processFailed`;
    /// the simulated one notes what was asked for.
    func replaceSelf(with path: String, arguments: [String]) throws(WeirError)
    /// Calls `handler` on a thread of its own each time an interrupt (Ctrl-C) or a request to
    /// terminate arrives, instead of ending.
    func onInterrupt(_ handler: @escaping @Sendable () -> Void)
    /// The file of the program that runs here, for starting it once more.
    var executablePath: String { get }
    /// Starts a child process, and returns as soon as it runs: some 300 microseconds.
    ///
    /// - Throws: `processFailed` if the program cannot be run, and what files throw if its working
    ///   directory or output cannot be opened.
    func spawn(_ program: ChildProgram) throws(WeirError) -> any ChildProcess
}

extension ProcessHost {
    /// Writes text to a standard stream.
    ///
    /// - Throws: `diskFull`, `fileFailed` if the stream does not take it.
    public func write(_ text: String, to stream: StandardStream) throws(WeirError) {
        var text = text
        var failure: WeirError?
        text.withUTF8 { bytes in
            do throws(WeirError) {
                try write(UnsafeRawBufferPointer(bytes), to: stream)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Writes text to standard error; if that is gone, nobody can be told.
    public func tell(_ text: String) {
        do throws(WeirError) {
            try write(text, to: .error)
        } catch {
            // There is no other place to say it.
        }
    }

    /// A path that means the same from any directory: with no `.` and no slash at its end.
    ///
    /// What `..` means depends on links; it stays.
    public func absolutePath(_ path: String) -> String {
        let whole = path.hasPrefix("/") ? path : workingDirectory + "/" + path
        return "/" + whole.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }
}
