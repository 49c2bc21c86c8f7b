/// Where a job stands, as Flink names it.
public enum JobState: String, Sendable, CaseIterable {
    /// Its workers are being started.
    case created = "CREATED"
    /// Its tasks run.
    case running = "RUNNING"
    /// An attempt has failed; another one follows.
    case restarting = "RESTARTING"
    /// A person wants it to end at once.
    case cancelling = "CANCELLING"
    /// It was ended without a last checkpoint.
    case canceled = "CANCELED"
    /// All input was processed, or it was stopped with a last checkpoint.
    case finished = "FINISHED"
    /// It failed and does not go on by itself.
    case failed = "FAILED"

    /// Whether the job is over.
    public var isTerminal: Bool {
        switch self {
        case .canceled, .finished, .failed: true
        case .created, .running, .restarting, .cancelling: false
        }
    }
}
