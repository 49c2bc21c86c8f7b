import WeirPlan

/// A stream partitioned by key: what follows may keep state per key.
public struct KeyedStream<S: EventSchema> {
    /// The rows.
    public let stream: DataStream<S>
    /// The positions of the key's columns in `S`.
    public let keyColumns: [Int]

    /// The program.
    public var environment: StreamExecutionEnvironment { stream.environment }

    /// The edge that brings rows of a key to one instance.
    public func edge(input: Int = 0) -> StreamNode.Input {
        stream.edge(.hash(columns: keyColumns), input: input)
    }

    /// Adds an operator with keyed state whose input 0 is this stream.
    ///
    /// - Parameters:
    ///   - kind: The kind of operator, part of its identity.
    ///   - output: The schema of its main output.
    ///   - sideOutputs: The schemas of its further outputs.
    ///   - others: Edges of further inputs.
    ///   - factory: Makes an instance.
    /// - Returns: The main output.
    public func transformKeyed<Out: EventSchema>(
        _ kind: String,
        to output: Out.Type,
        sideOutputs: [Schema] = [],
        others: [StreamNode.Input] = [],
        _ factory: @escaping OperatorFactory
    ) -> DataStream<Out> {
        let made = environment.addNode(
            ProgramNode(
                kind: kind,
                label: kind,
                role: .transformation,
                inputs: [edge()] + others,
                outputs: [Out.schema] + sideOutputs,
                keyColumns: keyColumns,
                isStateful: true,
                factory: factory
            )
        )
        return DataStream<Out>(environment: environment, node: made, output: 0)
    }
}
