import Weir
import WeirOperators

extension DataStream {
    /// The same rows, each of which takes time: in a `SimulatedWorld` the clock moves on, as if the
    /// thread computed; elsewhere nothing happens.
    ///
    /// Behind a source that is faster, it makes backpressure.
    public func taking(_ time: Duration) -> DataStream<S> {
        let nanoseconds = time.components.attoseconds / 1_000_000_000
        let all = time.components.seconds * 1_000_000_000 + nanoseconds
        return transform("taking", to: S.self) { TimeTaker(all) }
    }
}

/// Lets virtual time pass for each row.
final class TimeTaker: Operator {
    private let nanoseconds: Int64

    init(_ nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        if let world = context.world as? SimulatedWorld {
            world.advance(by: nanoseconds * Int64(batch.count - position))
        }
        context.output.emit(batch)
        return .consumed
    }
}
