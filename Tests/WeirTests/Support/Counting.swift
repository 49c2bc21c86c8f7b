import Synchronization
import Weir

/// Numbers in order, with their key and event time.
enum Numbered: EventSchema {
    static var key: Column<Int64> { .init(index: 0, id: 1, "key") }
    static var number: Column<Int64> { .init(index: 1, id: 2, "number") }
    static let schema = Schema(of: key, number)
}

/// Emits numbers `subtask, subtask + parallelism, …` below a limit; resumes where it was.
final class CountingSource: SourceOperator {
    private let limit: Int64
    private let batchRows: Int
    private var next: [(next: Int64, stride: Int64)] = []

    init(limit: Int64, batchRows: Int = 100) {
        self.limit = limit
        self.batchRows = batchRows
    }

    override func open() throws(WeirError) {
        if context.restored.isRestored {
            for element in context.restored.elements("positions") {
                next.append(
                    try element.withReader { reader throws(WeirError) in
                        (
                            try reader.readInteger(as: Int64.self),
                            try reader.readInteger(as: Int64.self)
                        )
                    }
                )
            }
        } else {
            next = [(Int64(context.subtask.index), Int64(context.subtask.parallelism))]
        }
    }

    override func poll() throws(WeirError) -> SourceStatus {
        guard let index = next.firstIndex(where: { $0.next < limit }) else { return .finished }
        let builder = context.output.builder
        for _ in 0..<batchRows where next[index].next < limit {
            let batch = builder.batch
            let writer = RowWriter<Numbered>(batch.columnReferences, row: builder.rowCount)
            writer[Numbered.key] = next[index].next % 97
            writer[Numbered.number] = next[index].next
            writer.eventTime = next[index].next
            builder.advance()
            next[index].next += next[index].stride
        }
        return .ready
    }

    override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        let elements = next.map { position in
            var writer = ByteWriter()
            writer.append(integer: position.next)
            writer.append(integer: position.stride)
            return writer.array
        }
        snapshot.add(OperatorStateEntry("positions", .split, elements))
    }
}

/// What a test's sinks have committed, by checkpoint.
final class Committed: Sendable {
    private let rows = Mutex<[CheckpointID: [Int64]]>([:])

    func commit(_ checkpoint: CheckpointID, _ numbers: [Int64]) {
        rows.withLock { $0[checkpoint, default: []] += numbers }
    }

    var all: [Int64] { rows.withLock { $0.values.flatMap { $0 }.sorted() } }
}

/// Keeps numbers until their checkpoint is complete.
final class CollectingSink: Operator {
    private let committed: Committed
    private var open: [Int64] = []
    private var prepared: [(CheckpointID, [Int64])] = []

    init(_ committed: Committed) { self.committed = committed }

    override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        let rows = RowSelection(batch, from: position)
        for index in 0..<rows.count {
            open.append(
                RowView<Numbered>(batch.columnReferences, row: rows[index])[Numbered.number]
            )
        }
        return .consumed
    }

    override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        prepared.append((snapshot.barrier.checkpoint, open))
        open = []
    }

    override func checkpointCompleted(_ checkpoint: CheckpointID) throws(WeirError) {
        for (id, numbers) in prepared where id <= checkpoint { committed.commit(id, numbers) }
        prepared.removeAll { $0.0 <= checkpoint }
    }
}
