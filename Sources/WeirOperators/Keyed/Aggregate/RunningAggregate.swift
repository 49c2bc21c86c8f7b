import WeirCore
import WeirData
import WeirState

/// Folds each row into its key's accumulator and emits the result so far, a row for each row.
public final class RunningAggregate: KeyedOperator {
    private let kernel: RunningAggregateKernel
    private let width: Int
    private let format: String
    private var state: FlatState?

    /// An aggregate with this kernel (`makeRunningAggregateKernel`) and accumulators of `width`
    /// bytes (`accumulatorWidth`) and a format (`AggregateFunction.stateFormat`).
    public init(
        _ key: KeyFields,
        width: Int,
        format: String,
        _ kernel: @escaping RunningAggregateKernel
    ) {
        self.kernel = kernel
        self.width = width
        self.format = format
        super.init([key])
    }

    /// Registers the accumulators.
    public override func registerStates() throws(WeirError) {
        context.output.builder.setsTimes = true
        state = try flatState(
            "accumulator",
            .aggregating,
            values: .fixed(width),
            valueSchema: ValueFormat.bytes(width: width, format)
        )
    }

    /// Upserts the keys of the batch; stops between output batches if there is no room.
    public override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        guard let state else { preconditionFailure("\(context.name) is not open") }
        let all = RowSelection(batch, from: position)
        let keys = extractKeys(batch, all, input: 0)
        try state.prepare(keys)
        let builder = context.output.builder
        var done = 0
        while done < all.count {
            if done > 0, context.output.isFull { return .suspended(at: position + done) }
            let target = builder.batch
            let count = min(builder.room, all.count - done)
            let rows = RowSelection(batch, from: position + done, count: count)
            kernel(
                state.table,
                keys,
                done,
                batch.columnReferences,
                rows,
                target.columnReferences,
                builder.rowCount
            )
            builder.advance(count)
            done += count
        }
        return .consumed
    }
}

extension FlatState {
    // SAFETY: hashes and keys belong to `keys`, `count` of them each.
    /// Makes sure that the table knows all that there is of some extracted keys.
    func prepare(_ keys: ExtractedKeys) throws(WeirError) {
        let hashes = UnsafePointer(keys.hashes)
        switch keys.layout {
        case .fixed8:
            try prepare(keys: UnsafePointer(keys.integers), hashes: hashes, count: keys.count)
        case .fixed16:
            let words = keys.integers
            try prepare(hashes: hashes, count: keys.count) {
                FlatKey16(words[2 &* $0], words[2 &* $0 &+ 1])
            }
        case .variable:
            try prepare(hashes: hashes, count: keys.count) { FlatKeyBytes(keys.key($0)) }
        }
    }
}
