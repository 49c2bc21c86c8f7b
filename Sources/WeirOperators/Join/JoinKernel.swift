import WeirData

// SAFETY: kernels get the columns of batches that the operator holds, with rows below their counts.
/// Emits what a pair of rows becomes: the rows of two columns, the times of the result, a builder.
public typealias JoinKernel = (
    _ left: UnsafeMutablePointer<ColumnReference>, _ leftRow: Int,
    _ right: UnsafeMutablePointer<ColumnReference>, _ rightRow: Int,
    _ eventTime: Int64, _ splitWatermark: Int64, _ builder: BatchBuilder
) -> Void

/// The kernel of a join of two rows into one; specialised where it is called.
@inlinable
public func makeJoinKernel<Left: EventSchema, Right: EventSchema, Out: EventSchema>(
    _ write: @escaping (RowView<Left>, RowView<Right>, RowWriter<Out>) -> Void
) -> JoinKernel {
    { left, leftRow, right, rightRow, eventTime, splitWatermark, builder in
        Collector<Out>(builder, eventTime: eventTime, splitWatermark: splitWatermark).emit {
            write(RowView(left, row: leftRow), RowView(right, row: rightRow), $0)
        }
    }
}
