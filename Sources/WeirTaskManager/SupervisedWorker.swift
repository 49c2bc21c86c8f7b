import WeirControl
import WeirCore
import WeirTransport

/// A worker process, as its task manager knows it.
final class SupervisedWorker {
    let start: WorkerStart
    /// The token of its process; that of its connection is the next.
    let token: Int
    let process: any ChildProcess
    /// The file that it writes its messages to.
    let log: String
    /// Its socket, once it has said hello.
    var connection: FramedConnection?
    /// Whether the job manager wants it to end.
    var isStopped = false
    /// Monotonic nanoseconds at which something came from it.
    var lastHeard: Int64 = 0
    /// Whether it was ended because nothing came from it for too long.
    var isSilent = false
    /// The bytes of memory for which it was ended; nil: it was not.
    var excessBytes: Int?

    init(start: WorkerStart, token: Int, process: any ChildProcess, log: String) {
        self.start = start
        self.token = token
        self.process = process
        self.log = log
    }

    var number: UInt32 { start.number }

    /// Bytes of resident memory past which it is ended: its slots' memory, and what the process itself
    /// and the allocator's gaps need beside it.
    var mostResidentBytes: Int { start.memoryBytes + max(start.memoryBytes / 4, 256 << 20) }

    /// How its end is told: what the system says, and what it wrote last.
    func ending(_ status: ExitStatus, lastWords: String) -> WeirError {
        if isSilent {
            return WeirError(
                .workerLost,
                "Worker \(number) (process \(process.processID)) of job \(start.job) was ended.",
                reason: "It gave no sign of life for "
                    + "\(ControlProtocol.workerLeaseNanoseconds / 1_000_000) ms.",
                fix: "Something has stopped its process, or the machine is overloaded."
            )
        }
        if let excessBytes {
            return WeirError(
                .memoryExceeded,
                "Worker \(number) (process \(process.processID)) of job \(start.job) was ended.",
                reason: "It used \(excessBytes >> 20) MiB of memory; its slots have "
                    + "\(start.memoryBytes >> 20) MiB, and it may use up to "
                    + "\(mostResidentBytes >> 20) MiB.",
                fix: "Look for what functions of the job keep outside of their state, which is "
                    + "bounded; or give the task manager more --memory, or fewer slots."
            )
        }
        return WeirError(
            .workerLost,
            "Worker \(number) (process \(process.processID)) of job \(start.job) ended: \(status).",
            reason: lastWords,
            fix: isStopped ? "" : "If it happens again, look into its log, \(log).",
            kind: status.isCrash && !isStopped ? .fixJob : .retry
        )
    }
}
