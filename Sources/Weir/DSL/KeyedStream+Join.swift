import WeirPlan

extension KeyedStream {
    /// Joins rows of the same key whose event times are near.
    ///
    /// A pair is joined if `right` is from `lower` before (negative) or after `left` up to `upper`.
    /// Rows that come too late are counted; with `lateRowsToSideOutputs` they go to side output 1
    /// (those of this stream) and 2 (of the other), read by `sideOutput(1, as: S.self)`.
    @inlinable
    public func intervalJoin<Other: EventSchema, Out: EventSchema>(
        _ other: KeyedStream<Other>,
        between lower: Duration,
        and upper: Duration,
        lateRowsToSideOutputs emitsLateRows: Bool = false,
        to: Out.Type,
        _ write: @escaping @Sendable (RowView<S>, RowView<Other>, RowWriter<Out>) -> Void
    ) -> DataStream<Out> {
        let keys = connect(other).keyFields
        let bounds = (lower.milliseconds, upper.milliseconds)
        return transformKeyed(
            "intervalJoin",
            to: Out.self,
            sideOutputs: emitsLateRows ? [S.schema, Other.schema] : [],
            others: [other.edge(input: 1)]
        ) {
            IntervalJoin(
                keys,
                lower: bounds.0,
                upper: bounds.1,
                emitsLateRows: emitsLateRows,
                makeJoinKernel(write)
            )
        }
    }

    /// Joins rows of the same key that lie in the same window, tumbling or sliding.
    ///
    /// Rows that come too late for all of their windows are counted; with `lateRowsToSideOutputs` they
    /// go to side output 1 (those of this stream) and 2 (of the other).
    @inlinable
    public func join<Other: EventSchema, Out: EventSchema>(
        _ other: KeyedStream<Other>,
        window assigner: WindowAssigner,
        lateRowsToSideOutputs emitsLateRows: Bool = false,
        to: Out.Type,
        _ write: @escaping @Sendable (RowView<S>, RowView<Other>, RowWriter<Out>) -> Void
    ) -> DataStream<Out> {
        let keys = connect(other).keyFields
        return transformKeyed(
            "windowJoin",
            to: Out.self,
            sideOutputs: emitsLateRows ? [S.schema, Other.schema] : [],
            others: [other.edge(input: 1)]
        ) { () throws(WeirError) in
            guard
                let join = WindowJoin(
                    keys,
                    assigner,
                    emitsLateRows: emitsLateRows,
                    makeJoinKernel(write)
                )
            else {
                throw WeirError(
                    .badGraph,
                    "A window join needs tumbling or sliding windows.",
                    fix: "Use .tumbling or .sliding."
                )
            }
            return join
        }
    }
}
