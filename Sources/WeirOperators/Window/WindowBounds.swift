import WeirCore

/// A window of time: from `start` up to, not including, `end`, in milliseconds.
@frozen
public struct WindowBounds: Hashable, Sendable {
    /// The first millisecond.
    public let start: Int64
    /// One past the last millisecond.
    public let end: Int64

    /// A window.
    @inlinable
    public init(start: Int64, end: Int64) {
        self.start = start
        self.end = end
    }

    /// The last millisecond: the event time of results.
    @inlinable
    public var maxTimestamp: Int64 { end &- 1 }

    /// Whether the windows overlap or touch, as Flink's `TimeWindow.intersects` says.
    func meets(_ other: WindowBounds) -> Bool { start <= other.end && other.start <= end }

    /// The least window that covers both.
    func cover(_ other: WindowBounds) -> WindowBounds {
        WindowBounds(start: min(start, other.start), end: max(end, other.end))
    }
}
