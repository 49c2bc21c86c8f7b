/// A program to be started as a child process.
///
/// It begins with /dev/null as standard input, the default signal handlers and mask, a process group
/// of its own (so that Ctrl-C at the parent's terminal does not reach it), and no descriptor of the
/// parent but the standard streams. It outlives its parent, unless it watches for itself: a
/// connection to the parent that ends is the sign.
public struct ChildProgram: Sendable, Equatable {
    /// The executable; a relative path starts at the parent's working directory.
    public var path: String
    /// What it is told, without the program's name.
    public var arguments: [String]
    /// Variables that it has beside, or instead of, the parent's.
    public var environment: [String: String]
    /// Variables of the parent that it does not have.
    public var removedVariables: [String]
    /// Where its relative paths start; nil: where the parent's do.
    public var workingDirectory: String?
    /// The file that its standard output and error are appended to, made if missing; nil: they go
    /// where the parent's go.
    public var outputPath: String?
    /// The file that its standard error is appended to instead, made if missing; nil: they stay
    /// together.
    public var errorPath: String?

    /// A program with all that it is told.
    public init(
        _ path: String,
        arguments: [String] = [],
        environment: [String: String] = [:],
        removedVariables: [String] = [],
        workingDirectory: String? = nil,
        outputPath: String? = nil,
        errorPath: String? = nil
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.removedVariables = removedVariables
        self.workingDirectory = workingDirectory
        self.outputPath = outputPath
        self.errorPath = errorPath
    }
}

/// How a process ended.
public enum ExitStatus: Sendable, Equatable, CustomStringConvertible {
    /// By itself, with a code.
    case exited(Int32)
    /// By a signal, of this number.
    case signalled(Int32)

    /// Whether the program itself is the likely cause: it exited, or by a trap, an abort or bad memory;
    /// not that somebody ended it, or that memory ran out.
    public var isCrash: Bool {
        switch self {
        case .exited: true
        // SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV.
        case .signalled(let number): [4, 5, 6, 7, 8, 11].contains(number)
        }
    }

    /// For messages: `exit code 3`, `signal 9`.
    public var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signalled(let number): "signal \(number)"
        }
    }
}

/// What a parent may send to its child.
public enum ProcessSignal: Sendable, CaseIterable {
    /// Asks it to end: SIGTERM.
    case terminate
    /// Ends it at once: SIGKILL.
    case kill
    /// Freezes it: SIGSTOP.
    case stop
    /// Lets it go on: SIGCONT.
    case `continue`
}

/// A process that `ProcessHost.spawn` started.
///
/// Any thread may call it. To let go of it is harmless: it runs on, and leaves nothing behind when it
/// ends. A `Poller` tells when it has ended.
public protocol ChildProcess: AnyObject, Sendable {
    /// Its id; another process may have it once the exit status has been read.
    var processID: Int { get }
    /// How it ended, without waiting; nil while it runs. Stays the same from then on.
    ///
    /// - Throws: `processFailed` if the system does not tell.
    func exitStatus() throws(WeirError) -> ExitStatus?
    /// Sends it a signal; nothing happens if it has ended.
    func send(_ signal: ProcessSignal)
    /// What it uses of the machine, for a watchdog; nil if it has ended. Reads files of the system:
    /// some 30 microseconds.
    func resourceUsage() -> ResourceUsage?
}
