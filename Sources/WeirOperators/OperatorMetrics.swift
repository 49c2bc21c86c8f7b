/// Counters of one operator instance, written by its executor thread.
///
/// The runtime copies them out at a bounded rate; nothing here is atomic.
public final class OperatorMetrics {
    /// Rows taken.
    public var rowsIn: Int64 = 0
    /// Rows emitted, side outputs included.
    public var rowsOut: Int64 = 0
    /// Rows dropped or sent aside because they came too late.
    public var rowsLate: Int64 = 0
    /// Records that could not be decoded or processed.
    public var recordsMalformed: Int64 = 0
    /// Share of a bounded input that was read, 0 to 1; negative if unknown.
    public var progress: Double = -1

    /// All zero.
    public init() {}
}

@available(*, unavailable)
extension OperatorMetrics: Sendable {}
