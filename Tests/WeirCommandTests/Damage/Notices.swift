import Synchronization
import Weir

/// What a job told.
final class Notices: Sendable {
    private let kept = Mutex<(status: JobStatus, notices: [String])>((JobStatus(), []))

    var status: JobStatus {
        get { kept.withLock { $0.status } }
        set { kept.withLock { $0.status = newValue } }
    }

    var all: [String] { kept.withLock { $0.notices } }

    func add(_ notice: String) { kept.withLock { $0.notices.append(notice) } }
}
