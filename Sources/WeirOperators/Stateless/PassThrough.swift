import WeirCore
import WeirData

/// Passes every row on: the union of its inputs.
public final class PassThrough: Operator {
    /// A union.
    public override init() { super.init() }

    /// Passes the batch on.
    public override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        context.output.emit(batch)
        return .consumed
    }
}
