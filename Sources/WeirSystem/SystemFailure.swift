import Glibc
import WeirCore

/// Turns the system's error numbers into errors that name operation, object and reason.
enum SystemFailure {
    /// The error of a file operation.
    static func file(_ number: CInt, _ operation: String, _ path: String) -> WeirError {
        let message = "\(operation) \(path) failed"
        let reason = String(cString: strerror(number))
        switch number {
        case ENOENT:
            return WeirError(.fileMissing, message, reason: reason, fix: "Check the path.")
        case EEXIST:
            return WeirError(.fileExists, message, reason: reason)
        case ENOSPC, EDQUOT:
            return WeirError(
                .diskFull,
                message,
                reason: reason,
                fix: "Free space on the volume, or choose a directory on another."
            )
        default:
            if let fix = refusalFix(number) {
                return WeirError(.fileRefused, message, reason: reason, fix: fix)
            }
            return WeirError(.fileFailed, message, reason: reason, fix: limitFix(number) ?? "")
        }
    }

    /// What to do about a failure that waiting does not heal; nil if it is none of these.
    private static func refusalFix(_ number: CInt) -> String? {
        switch number {
        case EACCES, EPERM: "Give this process's user the permission, or choose another path."
        case EROFS: "Choose a path on a volume that can be written."
        case ENOTDIR: "Check the path: a part of it is a file, not a directory."
        case EISDIR: "Name a file: this is a directory."
        case ELOOP: "Check the path: its symbolic links lead in a circle."
        case ENAMETOOLONG: "Choose a shorter path."
        default: nil
        }
    }

    /// How to raise the limit of open files that a failure speaks of; nil if it is another failure.
    static func limitFix(_ number: CInt) -> String? {
        switch number {
        case EMFILE:
            """
            Raise the hard limit of open files for this process: `ulimit -Hn 65536` in the shell \
            that starts it, or LimitNOFILE= of its service.
            """
        case ENFILE:
            """
            The limit is the machine's: raise it with `sysctl fs.file-max`, or end other programs \
            that have many files open.
            """
        default: nil
        }
    }

    /// The error of a network operation.
    static func network(_ number: CInt, _ operation: String) -> WeirError {
        WeirError(
            .networkFailed,
            "\(operation) failed",
            reason: String(cString: strerror(number)),
            fix: number == EADDRINUSE
                ? "Choose another port, or end who uses it." : limitFix(number) ?? ""
        )
    }
}

/// Repeats a call while a signal interrupts it; the error number if it fails.
func retrying(_ call: () -> Int) -> Result<Int, SystemErrorNumber> {
    while true {
        let result = call()
        if result >= 0 { return .success(result) }
        let number = errno
        if number != EINTR { return .failure(SystemErrorNumber(number: number)) }
    }
}

/// An `errno`.
struct SystemErrorNumber: Error {
    let number: CInt
}
