import WeirCore
import WeirData
import WeirState

/// How far an operator came with a batch.
@frozen
public enum ProcessOutcome: Sendable, Equatable {
    /// All rows were taken.
    case consumed
    /// The output is full: the rows before `at` (a position among the batch's selected rows) were
    /// taken; the runner calls again from there when there is room.
    case suspended(at: Int)
}

/// A step of the dataflow: takes batches, keeps state, emits batches.
///
/// Subclasses are not generic (a generic class behind a vtable runs unspecialised code); typed
/// user code comes in as closures made by `@inlinable` generic functions. One virtual call per
/// batch. An operator belongs to one subtask and is called on its executor thread only; but in `open`
/// it never blocks and never sleeps: what would block goes through `OperatorContext.background`.
///
/// Call order: `open`; then any of `process`, `advanceWatermark` followed by `fireTimers` until it
/// returns false, `snapshot`, `checkpointCompleted`, `checkpointAborted`; `endInput` once per input;
/// `close`. A rollback makes new instances.
open class Operator {
    /// Where it runs and what it may use; set before `open`.
    public private(set) var context: OperatorContext

    /// An operator that has not been opened.
    public init() { context = .unattached }

    /// Called by the runner before `open`.
    public final func attach(_ context: OperatorContext) { self.context = context }

    /// Registers state, takes what was restored (`context.restored`).
    open func open() throws(WeirError) {}

    /// Takes the selected rows of `batch` from position `position` on, of input `input`.
    ///
    /// An operator that may emit more than one row for a row looks at `context.output.isFull`
    /// between rows and suspends. The batch belongs to the operator: it may change the selection
    /// and pass it on, or keep it.
    open func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        preconditionFailure("\(context.name) takes no rows")
    }

    /// The combined watermark of all inputs has moved to `watermark`; `fireTimers` follows.
    ///
    /// The runner forwards the watermark when no due timer is left.
    open func advanceWatermark(to watermark: Watermark) throws(WeirError) {}

    /// Whether watermarks of the input are sent on after the timers; operators that make their own
    /// return false (the end of time is sent on all the same).
    open var forwardsWatermarks: Bool { true }

    /// How far the watermark that is sent on stays behind the input's, in milliseconds: as far as
    /// the event times of results that timers still may make lie before the input's watermark.
    open var watermarkLagMilliseconds: Int64 { 0 }

    /// Fires due timers, event-time ones up to the current watermark and processing-time ones up to
    /// `now` (wall milliseconds), for at most about a millisecond or until the output is full.
    ///
    /// Returns whether due timers are left. A barrier may come between two calls: timers that have
    /// not fired must be in the snapshot.
    open func fireTimers(now: Int64) throws(WeirError) -> Bool { false }

    /// The earliest processing time (wall milliseconds) at which `fireTimers` has work; nil if none.
    open var nextProcessingTimer: Int64? { nil }

    /// No more rows on input `input`.
    ///
    /// Watermarks were brought to the end before, unless the job is suspended.
    open func endInput(_ input: Int) throws(WeirError) {}

    /// Writes what is not keyed state into the snapshot; keyed state is frozen by the runner.
    open func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {}

    /// The checkpoint is durable: side effects prepared for it may be committed.
    open func checkpointCompleted(_ checkpoint: CheckpointID) throws(WeirError) {}

    /// The checkpoint will never complete.
    open func checkpointAborted(_ checkpoint: CheckpointID) throws(WeirError) {}

    /// Whether background work, such as a commit, is under way that the job's end must wait for.
    open var hasPendingWork: Bool { false }

    /// Frees what it holds.
    ///
    /// Called once, also after a failure.
    open func close() {}
}

@available(*, unavailable)
extension Operator: Sendable {}

/// Makes an operator instance for a subtask; called on the executor thread.
public typealias OperatorFactory = @Sendable () throws(WeirError) -> Operator
