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

    private let simulation: Simulation
    private var handlers: [@Sendable () -> Void] = []
    private var peakResidentBytes = 0

    init(_ simulation: Simulation) { self.simulation = simulation }

    /// Standard output as text.
    public var outputText: String { String(decoding: output, as: UTF8.self) }

    /// Standard error as text.
    public var errorText: String { String(decoding: errors, as: UTF8.self) }

    /// Sends what Ctrl-C sends.
    public func interrupt() {
        for handler in handlers { handler() }
    }

    /// Always 1.
    public var processID: Int { 1 }

    /// A variable that the test has set.
    public func environment(_ name: String) -> String? { variables[name] }

    /// Those variables whose names begin so.
    public func environment(prefix: String) -> [String: String] {
        variables.filter { $0.key.hasPrefix(prefix) }
    }

    /// Always `/`, as on the simulated disk.
    public var workingDirectory: String { "/" }

    /// The memory that the test has set; virtual time as processor time.
    public func usage() -> ResourceUsage {
        peakResidentBytes = max(peakResidentBytes, residentBytes)
        return ResourceUsage(
            residentBytes: residentBytes,
            peakResidentBytes: peakResidentBytes,
            cpuNanoseconds: simulation.now
        )
    }

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
    }

    /// Calls `onKill`, then ends the real process: a simulated one cannot vanish from its own stack.
    ///
    /// To end the simulated process and go on, call `SimulatedWorld.killProcess` between steps.
    public func killSelf() -> Never {
        onKill?()
        fatalError("The simulated process killed itself.")
    }

    /// Ends the real process, too: a simulated one has no other.
    public func exit(_ code: Int32) -> Never {
        fatalError("The simulated process ended with exit code \(code).")
    }

    /// Notes the program and its arguments in `replacement`.
    public func replaceSelf(with path: String, arguments: [String]) throws(WeirError) {
        replacement = [path] + arguments
    }

    /// Where the program would be.
    public var executablePath: String { "/bin/weir" }

    /// Refuses: there are no programs here.
    public func spawn(_ program: ChildProgram) throws(WeirError) -> any ChildProcess {
        throw WeirError(.processFailed, "\(program.path) cannot be run: there are no programs.")
    }

    /// Keeps the handler for `interrupt`.
    public func onInterrupt(_ handler: @escaping @Sendable () -> Void) { handlers.append(handler) }
}
