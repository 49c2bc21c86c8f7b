import WeirCore
import WeirSnapshot
import WeirState

/// What a task has collected of a checkpoint that it takes part in.
struct PendingSnapshot {
    let barrier: CheckpointBarrier
    /// Monotonic nanoseconds of the first barrier.
    let startedAt: Int64
    /// Operators that the barrier has not reached, by node.
    var remaining: Set<Int>
    /// Whether the barriers of all channels have come.
    var isAligned: Bool
    /// Whether rows were overtaken.
    var isUnaligned = false
    /// Monotonic nanoseconds at which the last operator was reached.
    var cutAt: Int64 = 0
    /// Operators reached, in order.
    var parts: [Part] = []
    var recorder = InFlightRecorder()
    /// Keyed state whose frozen entries are being serialised, by operator.
    var serialising: [(operatorID: OperatorID, backend: KeyedStateBackend)] = []
    /// Keyed state that is ready to be stored, by operator.
    var uploads: [(operatorID: OperatorID, upload: KeyedStateUpload)] = []
    var backgroundWork: [@Sendable () throws(WeirError) -> Void] = []

    struct Part {
        let node: Int
        let operatorID: OperatorID
        let blobs: [StateBlob]
    }
}
