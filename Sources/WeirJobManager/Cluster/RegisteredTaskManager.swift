import WeirControl
import WeirCore
import WeirTransport

/// A task manager that has registered.
final class RegisteredTaskManager {
    let description: TaskManagerDescription
    let token: Int
    let connection: FramedConnection
    /// Monotonic nanoseconds at which something came from it.
    var lastHeard: Int64
    /// Workers that were started there, with their jobs.
    var workers: [UInt32: JobID] = [:]

    init(
        _ description: TaskManagerDescription,
        token: Int,
        connection: FramedConnection,
        now: Int64
    ) {
        self.description = description
        self.token = token
        self.connection = connection
        lastHeard = now
    }

    var id: String { description.id }
}
