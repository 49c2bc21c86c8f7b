import CWeirSystem
import Glibc
import WeirCore

/// Starts child processes.
///
/// By `posix_spawn`, which can neither fork a process of many threads half-way nor copy its memory.
/// It knows no "dies with its parent" (`PR_SET_PDEATHSIG`), which would be wrong here anyway: that
/// signal comes when the parent's *thread* ends.
enum Spawner {
    static func spawn(
        _ program: ChildProgram,
        path: String,
        environment: [String]
    ) throws(WeirError) -> RealChildProcess {
        // The system would silently use the part before the zero byte.
        let texts = [path] + program.arguments + environment
        guard texts.allSatisfy({ !$0.utf8.contains(0) }) else {
            throw cannotRun(program.path, EINVAL)
        }
        Orphans.shared.sweep()
        let output = try program.outputPath.map { path throws(WeirError) in
            try open(path, O_WRONLY | O_APPEND | O_CREAT, "opening output")
        }
        defer { closeIfOpen(output) }
        let errors = try program.errorPath.map { path throws(WeirError) in
            try open(path, O_WRONLY | O_APPEND | O_CREAT, "opening output")
        }
        defer { closeIfOpen(errors) }
        let directory = try program.workingDirectory.map { path throws(WeirError) in
            try open(path, O_RDONLY | O_DIRECTORY, "opening working directory")
        }
        defer { closeIfOpen(directory) }

        let arguments = CStringList([program.path] + program.arguments)
        let variables = CStringList(environment)
        var process: CInt = -1
        let failure = weir_spawn(
            path,
            arguments.pointers,
            variables.pointers,
            directory ?? -1,
            output ?? -1,
            errors ?? output ?? -1,
            &process
        )
        guard failure == 0 else { throw cannotRun(program.path, failure) }
        // Its number is its own until it has been waited for, and only we do that.
        let descriptor = weir_open_process(process)
        guard descriptor >= 0 else {
            let failure = errno
            weir_kill_and_reap(process)
            throw cannotRun(program.path, failure)
        }
        return RealChildProcess(
            processID: process,
            descriptor: descriptor,
            program: program.path
        )
    }

    /// The error of a program that the system does not run.
    static func cannotRun(_ path: String, _ number: CInt) -> WeirError {
        let isForeign = number == ENOEXEC
        return WeirError(
            .processFailed,
            "\(path) cannot be run: \(String(cString: strerror(number))).",
            reason: isForeign ? "It is no program of this machine." : "",
            fix: SystemFailure.limitFix(number)
                ?? "Name an executable that links Weir, built for this machine."
        )
    }

    private static func open(
        _ path: String,
        _ flags: CInt,
        _ operation: String
    ) throws(WeirError) -> CInt {
        guard !path.utf8.contains(0) else { throw SystemFailure.file(EINVAL, operation, path) }
        switch retrying({ Int(Glibc.open(path, flags | O_CLOEXEC, 0o644)) }) {
        case .success(let descriptor): return CInt(descriptor)
        case .failure(let failure): throw SystemFailure.file(failure.number, operation, path)
        }
    }

    private static func closeIfOpen(_ descriptor: CInt?) {
        if let descriptor { Glibc.close(descriptor) }
    }
}

/// A list of C strings with a null behind, as system calls take it.
// SAFETY: the memory belongs to this object; each string is freed once, at its end.
private final class CStringList {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ texts: [String]) {
        count = texts.count
        pointers = .allocate(capacity: count + 1)
        for (index, text) in texts.enumerated() {
            (pointers + index).initialize(to: strdup(text))
        }
        (pointers + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { free(pointers[index]) }
        pointers.deallocate()
    }
}
