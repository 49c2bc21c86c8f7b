import WeirPlan

extension KeyedStream {
    /// The aggregate so far of each row's key, a result for each row.
    ///
    /// ```swift
    /// bids.keyBy(Bid.auction).aggregate(.count(), to: BidCount.self) { count, bid, row in
    ///     row[BidCount.auction] = bid[Bid.auction]
    ///     row[BidCount.count] = count
    /// }
    /// ```
    /// `write` gets the result, the row that was just folded in, and the result row.
    @inlinable
    public func aggregate<F: AggregateFunction, Out: EventSchema>(
        _ function: F,
        to: Out.Type,
        _ write: @escaping @Sendable (F.Result, RowView<S>, RowWriter<Out>) -> Void
    ) -> DataStream<Out> where F.Input == S {
        let key = KeyFields(S.schema, columns: keyColumns)
        return transformKeyed("aggregate", to: Out.self) {
            RunningAggregate(
                key,
                width: accumulatorWidth(F.Accumulator.self),
                format: function.stateFormat,
                makeRunningAggregateKernel(function, write)
            )
        }
    }

    /// The value so far of each row's key, folded from the values of its rows by `reduce`.
    ///
    /// ```swift
    /// bids.keyBy(Bid.auction).reduce({ $0[Bid.price] }, max, to: Highest.self) { … }
    /// ```
    @inlinable
    public func reduce<Value: BitwiseCopyable & Sendable, Out: EventSchema>(
        _ value: @escaping @Sendable (RowView<S>) -> Value,
        _ reduce: @escaping @Sendable (Value, Value) -> Value,
        to: Out.Type,
        _ write: @escaping @Sendable (Value, RowView<S>, RowWriter<Out>) -> Void
    ) -> DataStream<Out> {
        let function = ReduceAggregate<S, Value>(value, reduce)
        return aggregate(function, to: Out.self) { held, row, out in
            if let held { write(held, row, out) }
        }
    }
}
