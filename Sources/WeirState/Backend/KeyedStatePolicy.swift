/// What can be chosen about how keyed state is kept.
public struct KeyedStatePolicy: Sendable {
    /// Up to this percent of the memory that entries may use before they are evicted, the segments of
    /// checkpoints are merged; past it they are folded into the image.
    ///
    /// 0: always folded.
    public var mergePercent = 87
    /// Restored segments of so many bytes are read before the first record.
    ///
    /// More are loaded while records are processed.
    public var eagerBytes = 4 << 20

    /// The defaults.
    public init() {}
}
