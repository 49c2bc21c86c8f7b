import WeirCore
import WeirData

/// What a source has to offer after a poll.
@frozen
public enum SourceStatus: Sendable, Equatable {
    /// Rows were emitted, or may be at the next poll.
    case ready
    /// Nothing now; poll again at `until` (monotonic nanoseconds; nil: after a wake or an input).
    case waiting(until: Int64?)
    /// The end: no row follows. The runner brings the watermark to the end of time.
    case finished
}

/// An operator that makes rows on its own: a generator, a reader of splits, an enumerator.
///
/// A reader takes splits as rows on input 0 (from its `SplitEnumerator`, a vertex of parallelism 1)
/// and emits their records. After `finished` it is still asked for snapshots.
open class SourceOperator: Operator {
    /// Emits some rows (about one batch), if `context.output` has room.
    ///
    /// Calls `emitWatermark` when its watermark moved. Must return within about a millisecond.
    open func poll() throws(WeirError) -> SourceStatus {
        preconditionFailure("\(context.name) does not make rows")
    }

    /// Whether it takes more splits on its input now.
    open var wantsInput: Bool { true }

    /// Sends a watermark down the main output, after the rows emitted so far.
    public final func emitWatermark(_ time: Int64) {
        context.output.emitControl(.watermark(Watermark(time)))
    }

    /// Says that the source has fallen silent, or has rows again.
    public final func emitStatus(_ status: WatermarkStatus) {
        context.output.emitControl(.status(status))
    }
}
