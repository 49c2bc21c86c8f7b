import CWeirSystem
import Glibc
import Synchronization
import WeirCore

/// A child by its pidfd: whoever has its number later is never meant.
final class RealChildProcess: ChildProcess, Pollable {
    let processID: Int
    private let program: String
    private let descriptor: CInt
    /// How it ended, once that was read.
    ///
    /// Its lock keeps the process's number from being used anew while something is looked up by it.
    private let status = Mutex<ExitStatus?>(nil)

    /// Takes over the pidfd of a child that nobody else waits for.
    init(processID: CInt, descriptor: CInt, program: String) {
        self.processID = Int(processID)
        self.descriptor = descriptor
        self.program = program
    }

    deinit {
        let hasEnded = status.withLock { $0 != nil }
        if hasEnded { Glibc.close(descriptor) } else { Orphans.shared.add(descriptor) }
    }

    var polledDescriptor: CInt { descriptor }

    func exitStatus() throws(WeirError) -> ExitStatus? {
        let result = status.withLock { status -> Result<ExitStatus?, WeirError> in
            if let known = status { return .success(known) }
            switch reap(descriptor) {
            case .success(let ended):
                status = ended
                return .success(ended)
            case .failure(let failure):
                return .failure(
                    WeirError(
                        .processFailed,
                        "asking how process \(processID) (\(program)) ended failed",
                        reason: String(cString: strerror(failure.number))
                    )
                )
            }
        }
        return try result.get()
    }

    func send(_ signal: ProcessSignal) {
        let number =
            switch signal {
            case .terminate: SIGTERM
            case .kill: SIGKILL
            case .stop: SIGSTOP
            case .continue: SIGCONT
            }
        // Fails only if it has ended.
        _ = weir_signal_process(descriptor, number)
    }

    func resourceUsage() -> ResourceUsage? {
        status.withLock { status in
            if status == nil, case .success(let ended) = reap(descriptor) { status = ended }
            return status == nil ? ProcFiles.usage(of: processID) : nil
        }
    }
}

/// Children that nobody holds any more, until they end.
///
/// The kernel keeps a child that has ended until its parent has asked for its status.
final class Orphans: Sendable {
    static let shared = Orphans()

    private let descriptors = Mutex<[CInt]>([])

    /// Takes over the pidfd of a child.
    func add(_ descriptor: CInt) {
        descriptors.withLock { $0.append(descriptor) }
        sweep()
    }

    /// Lets go of those that have ended.
    ///
    /// Called whenever a child is started or let go of: dead ones do not pile up.
    func sweep() {
        descriptors.withLock { descriptors in
            descriptors.removeAll { descriptor in
                if case .success(nil) = reap(descriptor) { return false }
                Glibc.close(descriptor)
                return true
            }
        }
    }
}

/// How a child ended, which lets the kernel forget it; nil while it runs.
private func reap(_ descriptor: CInt) -> Result<ExitStatus?, SystemErrorNumber> {
    var isSignalled: CInt = 0
    var status: CInt = 0
    return retrying { Int(weir_reap_process(descriptor, &isSignalled, &status)) }.map { ended in
        if ended == 0 { return nil }
        return isSignalled == 0 ? .exited(status) : .signalled(status)
    }
}
