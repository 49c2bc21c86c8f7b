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
        case EACCES, EPERM, EROFS:
            return WeirError(
                .fileFailed,
                message,
                reason: reason,
                fix: "Give this process's user the permission."
            )
        default:
            return WeirError(.fileFailed, message, reason: reason)
        }
    }

    /// The error of a network operation.
    static func network(_ number: CInt, _ operation: String) -> WeirError {
        WeirError(
            .networkFailed,
            "\(operation) failed",
            reason: String(cString: strerror(number)),
            fix: number == EADDRINUSE ? "Choose another port, or end who uses it." : ""
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
