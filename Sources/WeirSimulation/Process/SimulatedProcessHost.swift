import WeirCore

/// The simulated process: it keeps what it prints, and a test says what kills it.
public final class SimulatedProcessHost: ProcessHost, @unchecked Sendable {
    // SAFETY: one thread runs a simulation.

    /// The variables of its environment.
    public var variables: [String: String] = [:]
    /// What it claims to use, apart from processor time, which is virtual time.
    public var residentBytes = 0
    /// What `terminalWidth` answers.
    public var columns: Int?
    /// What writing to standard output fails with; nil: it does not.
    public var outputFailure: WeirError?
    /// Called by `killSelf` before the real process ends: a test's last words.
    public var onKill: (() -> Void)?
    /// The program that it became, and its arguments; nil: none.
    public private(set) var replacement: [String]?
    /// The bytes written to standard output.
    public private(set) var output: [UInt8] = []
    /// The bytes written to standard error.
    public private(set) var errors: [UInt8] = []

    let identity: ProcessIdentity
    let files: SimulatedFileSystem
    private let simulation: Simulation
    private weak var universe: Universe?
    private var handlers: [@Sendable () -> Void] = []
    private var peakResidentBytes = 0
    /// Where a child's output goes, beside here.
    private var outputFile: (any OpenFile)?
    /// Where its errors go, if that is another place.
    private var errorFile: (any OpenFile)?

    init(
        _ simulation: Simulation,
        _ identity: ProcessIdentity,
        _ files: SimulatedFileSystem,
        _ universe: Universe
    ) {
        self.simulation = simulation
        self.identity = identity
        self.files = files
        self.universe = universe
    }

    /// Standard output as text.
    public var outputText: String { String(decoding: output, as: UTF8.self) }

    /// Standard error as text.
    public var errorText: String { String(decoding: errors, as: UTF8.self) }

    /// Sends what Ctrl-C sends.
    public func interrupt() {
        for handler in handlers { handler() }
    }

    /// 1 for the first process of a simulation, 2 for the next.
    public var processID: Int { identity.id }

    /// A variable that the test has set.
    public func environment(_ name: String) -> String? { variables[name] }

    /// Those variables whose names begin so.
    public func environment(prefix: String) -> [String: String] {
        variables.filter { $0.key.hasPrefix(prefix) }
    }

    /// `/`, or what a child was started with.
    public var workingDirectory: String { files.workingDirectory }

    /// The memory that the test has set; virtual time as processor time.
    public func usage() -> ResourceUsage {
        peakResidentBytes = max(peakResidentBytes, residentBytes)
        return ResourceUsage(
            residentBytes: residentBytes,
            peakResidentBytes: peakResidentBytes,
            cpuNanoseconds: simulation.now
        )
    }

    /// What the machine claims to have.
    public var machine = MachineResources(processors: 2, memoryBytes: 4 << 30)

    /// The width that the test has set.
    public func terminalWidth(_ stream: StandardStream) -> Int? { columns }

    /// Keeps the bytes.
    ///
    /// - Throws: `outputFailure`.
    public func write(
        _ bytes: UnsafeRawBufferPointer,
        to stream: StandardStream
    ) throws(WeirError) {
        if case .output = stream, let outputFailure { throw outputFailure }
        simulation.record(.output, bytes)
        switch stream {
        case .output: output += bytes
        case .error: errors += bytes
        }
        let isError = if case .error = stream { true } else { false }
        let file = isError ? errorFile ?? outputFile : outputFile
        if let file { try file.write(bytes, at: file.size()) }
    }

    /// Calls `onKill`, then ends the real process: a simulated one cannot vanish from its own stack.
    ///
    /// To end the simulated process and go on, call `SimulatedWorld.killProcess` between steps.
    public func killSelf() -> Never {
        onKill?()
        fatalError("The simulated process killed itself.")
    }

    /// Ends the real process: a simulated one cannot vanish from its own stack.
    ///
    /// To end the simulated process and go on, call `SimulatedWorld.endProcess`.
    public func exit(_ code: Int32) -> Never {
        fatalError("The simulated process ended with exit code \(code).")
    }

    /// Notes the program and its arguments in `replacement`.
    public func replaceSelf(with path: String, arguments: [String]) throws(WeirError) {
        replacement = [path] + arguments
    }

    /// The path that a child was started by; `/bin/weir` for other processes.
    public private(set) var executablePath = "/bin/weir"

    /// Starts a program of `SimulatedWorld.programs`, on the same node and disk.
    ///
    /// - Throws: `processFailed` if it is not registered; what files throw.
    public func spawn(_ program: ChildProgram) throws(WeirError) -> any ChildProcess {
        guard let universe else { preconditionFailure("The simulation is over.") }
        return try universe.spawn(program, path: absolutePath(program.path), from: self)
    }

    /// Sets up a child as its program says.
    func begin(
        _ program: ChildProgram,
        path: String,
        from parent: SimulatedProcessHost
    ) throws(WeirError) {
        executablePath = path
        variables = parent.variables
        for name in program.removedVariables { variables[name] = nil }
        variables.merge(program.environment) { $1 }
        files.workingDirectory = parent.workingDirectory
        // Both are opened from where the parent is.
        outputFile = try program.outputPath.map { path throws(WeirError) in
            try files.open(path, .append)
        }
        errorFile = try program.errorPath.map { path throws(WeirError) in
            try files.open(path, .append)
        }
        if let directory = program.workingDirectory {
            _ = try files.list(directory)
            files.workingDirectory = absolutePath(directory)
        }
    }

    /// Whether a request to terminate is handled instead of ending the process.
    var handlesInterrupts: Bool { !handlers.isEmpty }

    /// Keeps the handler for `interrupt`.
    public func onInterrupt(_ handler: @escaping @Sendable () -> Void) { handlers.append(handler) }
}
