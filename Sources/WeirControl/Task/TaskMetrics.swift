/// What a task did with its time, and what it holds.
///
/// Written by its executor thread.
public struct TaskMetrics: Sendable {
    /// Nanoseconds in which it moved elements.
    public var busyNanoseconds: Int64 = 0
    /// Nanoseconds in which it waited for input or timers.
    public var idleNanoseconds: Int64 = 0
    /// Nanoseconds in which it waited for room downstream.
    public var backpressuredNanoseconds: Int64 = 0
    /// Rows taken by the head operator, or made by the source.
    public var rowsIn: Int64 = 0
    /// Rows that left the task through its last operators.
    public var rowsOut: Int64 = 0
    /// Rows that came too late, all operators together.
    public var rowsLate: Int64 = 0
    /// Records that could not be decoded or processed.
    public var recordsMalformed: Int64 = 0
    /// The combined watermark, in milliseconds.
    public var watermark: Int64 = .min
    /// The watermark of each input channel.
    public var channelWatermarks: [Int64] = []
    /// Batches that wait in the input channels.
    public var queuedBatches = 0
    /// Share of a bounded source that was read; negative if unknown.
    public var progress: Double = -1
    /// The longest step so far, in nanoseconds.
    public var longestStepNanoseconds: Int64 = 0

    /// All zero.
    public init() {}
}
