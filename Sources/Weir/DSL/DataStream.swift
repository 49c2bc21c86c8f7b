import WeirPlan

/// A stream of rows of schema `S`: one output of one operator of a program.
///
/// A value; methods add operators to the program and return the stream that they make.
public struct DataStream<S: EventSchema> {
    /// The program.
    public let environment: StreamExecutionEnvironment
    /// The operator that makes the rows.
    public let node: Int
    /// Which of its outputs.
    public let output: Int

    /// Names an output of an operator; for operators outside of Weir.
    public init(environment: StreamExecutionEnvironment, node: Int, output: Int) {
        self.environment = environment
        self.node = node
        self.output = output
    }

    /// The edge from this stream to an input of an operator.
    public func edge(_ exchange: Exchange = .forward, input: Int = 0) -> StreamNode.Input {
        StreamNode.Input(source: node, output: output, exchange: exchange, input: input)
    }

    // MARK: About the last operator

    /// Names the operator that makes this stream; the name is its identity in snapshots.
    @discardableResult
    public func named(_ name: String) -> DataStream<S> {
        environment.setName(name, of: node)
        return self
    }

    /// Fixes how many instances the operator that makes this stream has.
    public func parallelism(_ count: Int) -> DataStream<S> {
        environment.nodes[node].parallelism = count
        return self
    }

    /// Gives the operator that makes this stream a task of its own.
    public func startingNewChain() -> DataStream<S> {
        environment.nodes[node].allowsChaining = false
        return self
    }

    /// Another output of the operator that makes this stream, such as its late or malformed rows.
    public func sideOutput<Side: EventSchema>(_ number: Int, as: Side.Type) -> DataStream<Side> {
        let schemas = environment.nodes[node].outputs
        precondition(
            number < schemas.count && schemas[number] == Side.schema,
            "operator \(node) has no output \(number) of \(Side.schema)"
        )
        return DataStream<Side>(environment: environment, node: node, output: number)
    }

    // MARK: Transformations

    /// Adds an operator with one input that keeps no state.
    public func transform<Out: EventSchema>(
        _ kind: String,
        to: Out.Type,
        exchange: Exchange = .forward,
        _ factory: @escaping OperatorFactory
    ) -> DataStream<Out> {
        let made = environment.addNode(
            ProgramNode(
                kind: kind,
                label: kind,
                role: .transformation,
                inputs: [edge(exchange)],
                outputs: [Out.schema],
                keyColumns: nil,
                isStateful: false,
                factory: factory
            )
        )
        return DataStream<Out>(environment: environment, node: made, output: 0)
    }

    /// The rows that satisfy a condition.
    ///
    /// ```swift
    /// bids.filter { $0[Bid.price] > 100 }
    /// ```
    @inlinable
    public func filter(_ condition: @escaping @Sendable (RowView<S>) -> Bool) -> DataStream<S> {
        transform("filter", to: S.self) { Filter(makeFilterKernel(condition)) }
    }

    /// One row of schema `Out` for each row; event times go along unless they are set.
    ///
    /// ```swift
    /// bids.map(to: Euro.self) { bid, euro in euro[Euro.price] = bid[Bid.price] * 908 / 1000 }
    /// ```
    @inlinable
    public func map<Out: EventSchema>(
        to: Out.Type,
        _ transform: @escaping @Sendable (RowView<S>, RowWriter<Out>) -> Void
    ) -> DataStream<Out> {
        self.transform("map", to: Out.self) { Map(makeMapKernel(transform)) }
    }

    /// Any number of rows of schema `Out` for each row.
    @inlinable
    public func flatMap<Out: EventSchema>(
        to: Out.Type,
        _ transform: @escaping @Sendable (RowView<S>, Collector<Out>) -> Void
    ) -> DataStream<Out> {
        self.transform("flatMap", to: Out.self) { FlatMap(makeFlatMapKernel(transform)) }
    }

    /// The rows of this stream and of others, in no particular order between them.
    public func union(_ others: DataStream<S>...) -> DataStream<S> { union(others) }

    /// The rows of this stream and of any number of others, in no particular order between them.
    public func union(_ others: [DataStream<S>]) -> DataStream<S> {
        let edges = ([self] + others).enumerated().map { $1.edge(.forward, input: $0) }
        let made = environment.addNode(
            ProgramNode(
                kind: "union",
                label: "union",
                role: .transformation,
                inputs: edges,
                outputs: [S.schema],
                keyColumns: nil,
                isStateful: false,
                factory: { PassThrough() }
            )
        )
        return DataStream(environment: environment, node: made, output: 0)
    }

    /// Deals the rows out in turn.
    public func rebalance() -> DataStream<S> {
        transform("rebalance", to: S.self, exchange: .rebalance) { PassThrough() }
    }

    /// Sets event times and watermarks here instead of at the source.
    public func assignWatermarks(_ strategy: WatermarkStrategy) -> DataStream<S> {
        let made = environment.addNode(
            ProgramNode(
                kind: "watermarks",
                label: "watermarks",
                role: .transformation,
                inputs: [edge()],
                outputs: [S.schema],
                keyColumns: nil,
                isStateful: true,
                factory: { AssignWatermarks(strategy) }
            )
        )
        return DataStream(environment: environment, node: made, output: 0)
    }

    // MARK: Keys and sinks

    /// The stream partitioned by the values of some columns; rows of a key meet in one instance.
    public func keyBy<each T: ColumnValue>(
        _ columns: repeat SchemaColumn<S, each T>
    ) -> KeyedStream<S> {
        var indices: [Int] = []
        for column in repeat each columns { indices.append(column.index) }
        precondition(!indices.isEmpty, "keyBy needs a column")
        return KeyedStream(stream: self, keyColumns: indices)
    }

    /// Hands the rows to a sink.
    ///
    /// Returns a handle for its name and parallelism.
    @discardableResult
    public func sink(_ sink: SinkDescription) -> SinkHandle {
        let made = environment.addNode(
            ProgramNode(
                kind: "sink:\(sink.name)",
                label: sink.name,
                role: .sink,
                parallelism: sink.parallelism,
                inputs: [edge()],
                outputs: [],
                keyColumns: nil,
                isStateful: true,
                factory: sink.writer
            )
        )
        return SinkHandle(environment: environment, node: made)
    }
}

/// A sink that was added to a program.
public struct SinkHandle {
    let environment: StreamExecutionEnvironment
    let node: Int

    /// Names the sink; the name is its identity in snapshots.
    @discardableResult
    public func named(_ name: String) -> SinkHandle {
        environment.setName(name, of: node)
        return self
    }
}
