import WeirCore
import WeirData
import WeirOperators

/// Takes rows and forgets them, for measurements.
///
/// Their number is in the operator's metrics.
public final class BlackholeSink: Operator {
    /// A sink.
    public override init() { super.init() }

    /// The sink as a program names it.
    public static func description(parallelism: Int? = nil) -> SinkDescription {
        SinkDescription(name: "blackhole", parallelism: parallelism) { BlackholeSink() }
    }

    public override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome { .consumed }
}
