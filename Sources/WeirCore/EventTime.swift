/// A moment of event time: milliseconds since 1970-01-01T00:00:00Z, as in Flink.
///
/// The hot path carries bare `Int64` columns of this unit; the type names the unit elsewhere.
public typealias EventTime = Int64

/// Bounds of event time.
public enum EventTimes {
    /// Before every event: a watermark that has not moved yet.
    public static let minimum: EventTime = .min
    /// After every event: the watermark at the end of a bounded input.
    public static let maximum: EventTime = .max
}

/// "No row with an event time at or below `time` follows", in one channel.
///
/// Akidau et al., The Dataflow Model, VLDB 2015.
@frozen
public struct Watermark: Hashable, Sendable {
    /// Milliseconds since the epoch.
    public let time: EventTime

    /// Wraps a time.
    @inlinable
    public init(_ time: EventTime) { self.time = time }

    /// The end of all event time.
    public static let end = Watermark(EventTimes.maximum)
}

/// Whether a channel takes part in the watermark of its reader.
@frozen
public enum WatermarkStatus: UInt8, Sendable {
    /// Its watermark counts.
    case active
    /// It has been silent past its idle timeout; its watermark does not hold others back.
    case idle
    /// It has ended; it counts as the end of time, unless all have ended.
    case finished
}
