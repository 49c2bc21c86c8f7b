/// How a savepoint is written; the raw values are Flink's.
///
/// Weir has one format for both.
public enum SavepointFormat: String, Sendable, CaseIterable {
    /// For all state backends.
    case canonical = "CANONICAL"
    /// As the state backend keeps it.
    case native = "NATIVE"
}

/// An order for a savepoint.
public struct SavepointRequest: Sendable, Equatable {
    /// Names the order: the same id twice is one order.
    public var operationID: String
    /// Where to write; nil for the configured place.
    public var targetDirectory: String?
    /// Whether the job is cancelled after it.
    public var cancelsJob: Bool
    /// How it is written.
    public var format: SavepointFormat
}

/// An order to stop a job with a savepoint.
public struct StopRequest: Sendable, Equatable {
    /// Names the order: the same id twice is one order.
    public var operationID: String
    /// Where to write; nil for the configured place.
    public var targetDirectory: String?
    /// Whether windows and timers fire as at the end of the input.
    public var drains: Bool
    /// How it is written.
    public var format: SavepointFormat
}

/// An order for a checkpoint.
public struct CheckpointRequest: Sendable, Equatable {
    /// How much is written; the raw values are Flink's.
    public enum Kind: String, Sendable, CaseIterable {
        /// As the job is configured.
        case configured = "CONFIGURED"
        /// All state.
        case full = "FULL"
        /// What changed.
        case incremental = "INCREMENTAL"
    }

    /// Names the order: the same id twice is one order.
    public var operationID: String
    /// How much is written.
    public var kind: Kind

    /// Wraps the facts.
    public init(operationID: String, kind: Kind = .configured) {
        self.operationID = operationID
        self.kind = kind
    }
}

/// An order to remove a savepoint.
public struct DisposalRequest: Sendable, Equatable {
    /// Names the order: the same id twice is one order.
    public var operationID: String
    /// Where it lies.
    public var location: String
}
