import WeirCore

/// Names an operation that goes on after its request was answered.
public struct OperationKey: Hashable, Sendable {
    /// What it does.
    public enum Kind: String, Sendable {
        /// A savepoint, or a stop with one.
        case savepoint
        /// A checkpoint.
        case checkpoint
        /// The removal of a savepoint.
        case disposal
    }

    /// What it does.
    public let kind: Kind
    /// The job; empty for a disposal.
    public let jobID: String
    /// The operation's own id.
    public let id: String

    /// Wraps the parts.
    public init(kind: Kind, jobID: String, id: String) {
        self.kind = kind
        self.jobID = jobID
        self.id = id
    }
}

/// How far an operation came.
public enum OperationState: Sendable, Equatable {
    /// It goes on.
    case inProgress
    /// A savepoint lies at this location.
    case savepoint(location: String)
    /// A checkpoint has this number.
    case checkpoint(UInt64)
    /// A savepoint was removed.
    case disposed
    /// It failed.
    case failed(WeirError)
}
