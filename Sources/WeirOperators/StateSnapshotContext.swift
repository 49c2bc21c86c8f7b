import WeirCore

/// How the elements of a non-keyed state find their subtasks at a restore.
@frozen
public enum StateRedistribution: UInt8, Sendable, Codable {
    /// Each element goes to one subtask, dealt out in turn (Flink's list state).
    case split
    /// Each subtask receives all elements (union list state).
    case union
    /// Each subtask receives the elements of one old subtask (broadcast state).
    case broadcast
}

/// One named non-keyed state: a list of opaque elements.
public struct OperatorStateEntry: Sendable, Hashable {
    /// The state's name within the operator.
    public let name: String
    /// How it is redistributed.
    public let redistribution: StateRedistribution
    /// The elements.
    public let elements: [[UInt8]]

    /// A named list.
    public init(_ name: String, _ redistribution: StateRedistribution, _ elements: [[UInt8]]) {
        self.name = name
        self.redistribution = redistribution
        self.elements = elements
    }
}

/// Collects what an operator adds to a checkpoint besides its keyed state.
public final class StateSnapshotContext {
    /// The checkpoint.
    public let barrier: CheckpointBarrier
    /// States given so far.
    public private(set) var entries: [OperatorStateEntry] = []
    /// Work to do on an I/O thread before the checkpoint is acknowledged.
    public private(set) var backgroundWork: [@Sendable () throws(WeirError) -> Void] = []

    /// An empty collection.
    public init(_ barrier: CheckpointBarrier) { self.barrier = barrier }

    /// Adds a state.
    public func add(_ entry: OperatorStateEntry) { entries.append(entry) }

    /// Adds blocking work, such as waiting for the disk; the checkpoint is acknowledged after it,
    /// and fails if it throws.
    public func beforeAcknowledging(_ work: @escaping @Sendable () throws(WeirError) -> Void) {
        backgroundWork.append(work)
    }
}

/// What a snapshot holds for one subtask, redistributed to the present parallelism.
public struct RestoredOperatorState: Sendable {
    /// The checkpoint it comes from; `.none` at a fresh start.
    public let checkpoint: CheckpointID
    /// The operator's watermark at the checkpoint.
    public let watermark: Int64
    /// Non-keyed states by name.
    public let entries: [OperatorStateEntry]

    /// Wraps restored state.
    public init(checkpoint: CheckpointID, watermark: Int64, entries: [OperatorStateEntry]) {
        self.checkpoint = checkpoint
        self.watermark = watermark
        self.entries = entries
    }

    /// A fresh start.
    public static let empty = RestoredOperatorState(
        checkpoint: .none,
        watermark: EventTimes.minimum,
        entries: []
    )

    /// Whether there was a snapshot.
    public var isRestored: Bool { checkpoint != .none }

    /// The elements of a state, empty if it was not there.
    public func elements(_ name: String) -> [[UInt8]] {
        entries.first { $0.name == name }?.elements ?? []
    }
}
