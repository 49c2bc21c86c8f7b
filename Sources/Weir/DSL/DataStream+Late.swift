import WeirPlan

extension DataStream {
    /// Parts late rows from the others: the result has the rows in time, its side output 1 the late.
    ///
    /// A row is late if the watermark of its own split had passed its event time. No window takes a
    /// row in time for late.
    public func splitLate() -> DataStream<S> {
        let made = environment.addNode(
            ProgramNode(
                kind: "splitLate",
                label: "splitLate",
                role: .transformation,
                inputs: [edge()],
                outputs: [S.schema, S.schema],
                keyColumns: nil,
                isStateful: false,
                factory: { LateSplit() }
            )
        )
        return DataStream(environment: environment, node: made, output: 0)
    }
}
