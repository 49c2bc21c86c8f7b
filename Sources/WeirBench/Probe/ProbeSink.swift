import Weir

/// Logs when results come, at once: nothing waits for a checkpoint.
final class ProbeSink: Operator {
    private let options: ProbeOptions
    private var file: (any OpenFile)?
    private var writer = ByteWriter(capacity: 64 << 10)
    private var highest: Int64 = -1
    /// The highest number before each barrier whose checkpoint is not complete.
    private var barriers: [(checkpoint: CheckpointID, number: Int64)] = []

    init(_ options: ProbeOptions) { self.options = options }

    override func open() throws(WeirError) {
        let files = context.world.files
        try files.makeDirectory(options.log)
        let name = ProbeLog.name(context.subtask, context.attempt)
        file = try files.open(options.log + "/" + name, .append)
    }

    override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        let now = context.world.clock.monotonicNanoseconds()
        let rows = RowSelection(batch, from: position)
        let columns = batch.columnReferences
        var highest: Int64 = -1
        let log = ProbeLog.beginArrival(at: now, rows: Int64(rows.count), in: &writer)
        for index in 0..<rows.count {
            let row = RowView<ProbeResult>(columns, row: rows[index])
            highest = max(highest, row[ProbeResult.number])
            guard options.logsRows, row[ProbeResult.due] > 0 else { continue }
            writer.append(integer: now - row[ProbeResult.due])
        }
        ProbeLog.endArrival(log, number: highest, in: &writer)
        self.highest = max(self.highest, highest)
        try write()
        return .consumed
    }

    override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        barriers.append((snapshot.barrier.checkpoint, highest))
    }

    override func checkpointCompleted(_ checkpoint: CheckpointID) throws(WeirError) {
        guard let barrier = barriers.last(where: { $0.checkpoint <= checkpoint }) else { return }
        barriers.removeAll { $0.checkpoint <= checkpoint }
        let now = context.world.clock.monotonicNanoseconds()
        ProbeLog.append(ProbeLog.Commit(at: now, number: barrier.number), to: &writer)
        try write()
    }

    override func close() { file?.close() }

    private func write() throws(WeirError) {
        try file?.write(writer.bytes)
        writer.removeAll()
    }
}
