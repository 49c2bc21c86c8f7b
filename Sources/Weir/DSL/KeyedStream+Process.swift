import WeirPlan

extension KeyedStream {
    /// Runs user code with state and timers for each key.
    ///
    /// ```swift
    /// bids.keyBy(Bid.auction)
    ///     .process(to: Total.self) { (states) throws(WeirError) in try Totals(states) }
    /// ```
    /// Side outputs are given by their schemas; `sideOutput(1, as:)` of the result reads the first.
    @inlinable
    public func process<F: KeyedProcessFunction>(
        to: F.Output.Type,
        sideOutputs: [Schema] = [],
        _ make: @escaping @Sendable (KeyedStates) throws(WeirError) -> F
    ) -> DataStream<F.Output> where F.Input == S {
        let key = KeyFields(S.schema, columns: keyColumns)
        return transformKeyed("process", to: F.Output.self, sideOutputs: sideOutputs) {
            KeyedProcess([key], makeProcessKernels(make))
        }
    }

    /// Puts another stream with a key of the same types beside this one.
    public func connect<Other: EventSchema>(
        _ other: KeyedStream<Other>
    ) -> ConnectedStreams<S, Other> {
        ConnectedStreams(left: self, right: other)
    }

    /// Gives every row of another stream to all instances of the next operator, which follows rules.
    public func connect<Rules: EventSchema>(
        broadcast rules: DataStream<Rules>
    ) -> BroadcastConnectedStream<S, Rules> {
        BroadcastConnectedStream(keyed: self, rules: rules)
    }
}

/// Two streams with one key, for operators that keep one state for both.
public struct ConnectedStreams<Left: EventSchema, Right: EventSchema> {
    /// Input 0.
    public let left: KeyedStream<Left>
    /// Input 1.
    public let right: KeyedStream<Right>

    /// The key of each side, such that equal values are equal.
    public var keyFields: [KeyFields] {
        KeyFields.pair(Left.schema, left.keyColumns, Right.schema, right.keyColumns)
    }

    /// Runs user code with one state for both inputs.
    @inlinable
    public func process<F: KeyedCoProcessFunction>(
        to: F.Output.Type,
        sideOutputs: [Schema] = [],
        _ make: @escaping @Sendable (KeyedStates) throws(WeirError) -> F
    ) -> DataStream<F.Output> where F.Left == Left, F.Right == Right {
        let keys = keyFields
        return left.transformKeyed(
            "coProcess",
            to: F.Output.self,
            sideOutputs: sideOutputs,
            others: [right.edge(input: 1)]
        ) { KeyedProcess(keys, makeCoProcessKernels(make)) }
    }
}

/// A keyed stream and one whose rows all instances get.
public struct BroadcastConnectedStream<S: EventSchema, Rules: EventSchema> {
    /// Input 0.
    public let keyed: KeyedStream<S>
    /// Input 1.
    public let rules: DataStream<Rules>

    /// Runs user code with keyed state and broadcast state.
    @inlinable
    public func process<F: KeyedBroadcastProcessFunction>(
        to: F.Output.Type,
        sideOutputs: [Schema] = [],
        _ make: @escaping @Sendable (KeyedStates) throws(WeirError) -> F
    ) -> DataStream<F.Output> where F.Input == S, F.Broadcast == Rules {
        let key = KeyFields(S.schema, columns: keyed.keyColumns)
        return keyed.transformKeyed(
            "broadcastProcess",
            to: F.Output.self,
            sideOutputs: sideOutputs,
            others: [rules.edge(.broadcast, input: 1)]
        ) { KeyedProcess([key], makeBroadcastProcessKernels(make)) }
    }
}
