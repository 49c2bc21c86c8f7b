import WeirCore

/// What travels in a channel: batches, and control elements between them, never inside.
@frozen
public enum StreamElement {
    /// Rows.
    case batch(Batch)
    /// No row at or below this time follows.
    case watermark(Watermark)
    /// The channel's watermark counts, or does not.
    case status(WatermarkStatus)
    /// The line of a checkpoint.
    case barrier(CheckpointBarrier)
    /// A stamp that measures the way from source to sink.
    case latencyMarker(LatencyMarker)
    /// Nothing follows.
    case endOfInput
}

/// A stamp made at a source; the sinks put its age into a histogram.
@frozen
public struct LatencyMarker: Sendable, Hashable {
    /// Monotonic nanoseconds at the source.
    public let stampedAt: Int64
    /// Which source operator made it.
    public let source: UInt32

    /// Makes a stamp.
    @inlinable
    public init(stampedAt: Int64, source: UInt32) {
        self.stampedAt = stampedAt
        self.source = source
    }
}

@available(*, unavailable)
extension StreamElement: Sendable {}
