import WeirCore
import WeirSnapshot

/// What a keyed state is; the number stands in manifests.
public enum StateKind: UInt8, Sendable {
    /// One value a key.
    case value = 1
    /// A list a key.
    case list = 2
    /// Entries by sub-key, in no promised order.
    case map = 3
    /// Entries by sub-key, in its order.
    case orderedMap = 4
    /// One value a key, folded from elements of its own type.
    case reducing = 5
    /// One accumulator a key.
    case aggregating = 6
    /// Timers, ordered by time.
    case timers = 7
    /// Accumulators of window panes.
    case panes = 8
}

/// Declares a keyed state of an operator.
///
/// Its name is its identity across runs: entries of a snapshot belong to the state of their name.
public struct StateDescriptor: Sendable, Hashable {
    /// Unique within the operator.
    public let name: String
    /// What it is.
    public let kind: StateKind
    /// How long entries live; nil: until they are removed.
    ///
    /// Values of a state with a time to live begin with their expiry (`ImageTimeToLive`).
    public let timeToLive: StateTimeToLive?
    /// The encoded schema of keys; compared as bytes.
    public let keySchema: [UInt8]
    /// The encoded schema of values; compared as bytes.
    public let valueSchema: [UInt8]

    /// Declares a state.
    public init(
        _ name: String,
        _ kind: StateKind,
        timeToLive: StateTimeToLive? = nil,
        keySchema: [UInt8] = [],
        valueSchema: [UInt8] = []
    ) {
        self.name = name
        self.kind = kind
        self.timeToLive = timeToLive
        self.keySchema = keySchema
        self.valueSchema = valueSchema
    }

    /// The kind's number in manifests; its top bit tells that values begin with their expiry.
    var kindNumber: UInt8 { kind.rawValue | (timeToLive == nil ? 0 : 0x80) }
}
