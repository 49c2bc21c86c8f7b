import Weir
import WeirOperators

/// Hands the rows of one subtask to a `TestOutput`, one transaction a checkpoint.
final class TestOutputWriter: Operator {
    private static let stateName = "transactions"
    private let output: TestOutput
    private var gathered: [HarnessRow] = []
    private var pending: [TestOutput.Transaction] = []

    init(_ output: TestOutput) { self.output = output }

    override func open() throws(WeirError) {
        var promised: Set<TestOutput.Transaction> = []
        for element in context.restored.elements(Self.stateName) {
            promised.insert(try Self.decode(element))
        }
        output.begin(
            job: context.job.id,
            attempt: context.attempt,
            restored: context.restored.checkpoint,
            promised: promised
        )
    }

    override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        let rows = RowSelection(batch, from: position)
        for index in 0..<rows.count {
            gathered.append(
                HarnessRow(
                    try batch.values(row: rows[index]),
                    eventTime: batch.eventTimes[rows[index]],
                    splitWatermark: batch.splitWatermarks[rows[index]]
                )
            )
        }
        return .consumed
    }

    override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        if !gathered.isEmpty {
            let transaction = TestOutput.Transaction(
                checkpoint: snapshot.barrier.checkpoint,
                job: context.job.id,
                attempt: context.attempt,
                subtask: context.subtask.index
            )
            output.prepare(transaction, gathered)
            pending.append(transaction)
            gathered = []
        }
        snapshot.add(OperatorStateEntry(Self.stateName, .union, pending.map(Self.encode)))
    }

    override func checkpointCompleted(_ checkpoint: CheckpointID) throws(WeirError) {
        for transaction in pending where transaction.checkpoint <= checkpoint {
            output.commit(transaction)
        }
        pending.removeAll { $0.checkpoint <= checkpoint }
    }

    private static func encode(_ transaction: TestOutput.Transaction) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(integer: transaction.checkpoint.number)
        writer.append(string: transaction.job.description)
        writer.append(integer: transaction.attempt.number)
        writer.append(count: transaction.subtask)
        return writer.array
    }

    private static func decode(
        _ element: [UInt8]
    ) throws(WeirError) -> TestOutput.Transaction {
        try element.withReader { reader throws(WeirError) in
            let transaction = TestOutput.Transaction(
                checkpoint: CheckpointID(try reader.readInteger(as: UInt64.self)),
                job: try decodeJob(try reader.readString()),
                attempt: Attempt(try reader.readInteger(as: UInt64.self)),
                subtask: Int(truncatingIfNeeded: try reader.readVarint())
            )
            try reader.finish()
            return transaction
        }
    }

    private static func decodeJob(_ text: String) throws(WeirError) -> JobID {
        guard let job = JobID(text) else {
            throw WeirError(.corruptBytes, "\(text) is no job's id.", position: stateName)
        }
        return job
    }
}
