/// Owns the two hidden columns of a batch: event times and split watermarks.
public final class TimeColumns {
    /// Milliseconds since the epoch, one a row.
    public let eventTimes: ColumnReference
    /// The own split's watermark before each row, in milliseconds.
    public let splitWatermarks: ColumnReference

    /// Memory for `capacity` rows, all without a time.
    public init(capacity: Int) {
        // SAFETY: both references point into one allocation of this object, freed with it.
        let values = UnsafeMutablePointer<Int64>.allocate(capacity: capacity * 2)
        values.initialize(repeating: .min, count: capacity * 2)
        eventTimes = ColumnReference(
            values: UnsafeMutableRawPointer(values),
            validity: nil,
            heap: nil,
            parameter: 0
        )
        splitWatermarks = ColumnReference(
            values: UnsafeMutableRawPointer(values + capacity),
            validity: nil,
            heap: nil,
            parameter: 0
        )
    }

    /// Takes the times of all rows away.
    func reset(capacity: Int) {
        // SAFETY: one allocation, event times first, split watermarks behind them.
        eventTimes.values.assumingMemoryBound(to: Int64.self)
            .update(repeating: .min, count: capacity * 2)
    }

    deinit { eventTimes.values.deallocate() }
}

@available(*, unavailable)
extension TimeColumns: Sendable {}
