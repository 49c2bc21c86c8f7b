import WeirCore
import WeirData

/// How event times are read from rows, and how far time is known to have come.
///
/// It applies per split: each split of a source has its own generator, so that a slow file does not
/// make the rows of another late.
public struct WatermarkStrategy: Sendable {
    /// Fills the event times of rows `range` of a batch from its columns.
    ///
    /// Nil: they are set already.
    public let timestamps: (@Sendable (Batch, Range<Int>) -> Void)?
    /// How watermarks follow from event times.
    public let generator: Generator
    /// Silence after which a split no longer holds the watermark back, in milliseconds; nil: never.
    public let idleTimeoutMilliseconds: Int64?

    /// How watermarks follow from event times.
    public enum Generator: Sendable {
        /// No watermarks: event time stands still.
        case none
        /// The highest time seen less the bound, less one: rows may come up to `bound`
        /// milliseconds after later ones. A bound of 0 is for ascending times.
        case boundedDisorder(milliseconds: Int64)
        /// A row may carry a watermark: the closure returns it for row `row`, or nil.
        case punctuated(@Sendable (Batch, _ row: Int) -> Int64?)
    }

    /// Describes a strategy.
    public init(
        timestamps: (@Sendable (Batch, Range<Int>) -> Void)? = nil,
        generator: Generator,
        idleTimeoutMilliseconds: Int64? = nil
    ) {
        self.timestamps = timestamps
        self.generator = generator
        self.idleTimeoutMilliseconds = idleTimeoutMilliseconds
    }

    /// Rows have no event time.
    public static let noWatermarks = WatermarkStrategy(generator: .none)

    /// Rows come at most `milliseconds` after later ones.
    public static func boundedDisorder(
        milliseconds: Int64,
        timestamps: (@Sendable (Batch, Range<Int>) -> Void)? = nil,
        idleTimeoutMilliseconds: Int64? = nil
    ) -> WatermarkStrategy {
        WatermarkStrategy(
            timestamps: timestamps,
            generator: .boundedDisorder(milliseconds: milliseconds),
            idleTimeoutMilliseconds: idleTimeoutMilliseconds
        )
    }
}
