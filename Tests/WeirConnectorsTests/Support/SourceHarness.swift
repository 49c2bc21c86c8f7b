import WeirCore
import WeirData
import WeirOperators

/// Runs one subtask of a source alone and keeps what it emits, as text.
final class SourceHarness {
    /// One emitted row.
    struct Row: Equatable {
        /// The columns, tab-separated; NULL is empty.
        let text: String
        let eventTime: Int64
        let splitWatermark: Int64
    }

    let source: SourceOperator
    let world = ManualWorld()
    private let target = CollectingTarget()

    var rows: [Row] { target.rows }
    var watermarks: [Int64] { target.watermarks }

    init(
        _ source: SourceOperator,
        _ schema: Schema,
        subtask: Subtask = Subtask(index: 0, parallelism: 1),
        batchCapacity: Int = 1024,
        restored: [OperatorStateEntry]? = nil
    ) throws {
        self.source = source
        source.attach(
            OperatorContext(
                world: world,
                operatorID: OperatorID(path: "source"),
                name: "source",
                subtask: subtask,
                maxParallelism: 128,
                job: JobScope(JobID(number: 1)),
                attempt: Attempt(1),
                dataDirectory: "",
                batchCapacity: batchCapacity,
                outputs: [Output(schema, capacity: batchCapacity, targets: [target])],
                restored: RestoredOperatorState(
                    checkpoint: CheckpointID(restored == nil ? 0 : 1),
                    watermark: EventTimes.minimum,
                    entries: restored ?? []
                ),
                keyedState: nil,
                background: { _, _ in }
            )
        )
        try source.open()
    }

    /// Polls once; rows under construction are handed on.
    func poll() throws -> SourceStatus {
        let status = try source.poll()
        source.context.output.flush()
        return status
    }

    /// Polls until the source has ended or waits, `limit` times at most.
    @discardableResult
    func run(_ limit: Int = .max) throws -> SourceStatus {
        var status = SourceStatus.ready
        var count = 0
        while status == .ready, count < limit {
            status = try poll()
            count += 1
        }
        return status
    }

    /// The states of a snapshot taken now.
    func snapshot() throws -> [OperatorStateEntry] {
        let context = StateSnapshotContext(
            CheckpointBarrier(checkpoint: CheckpointID(1), attempt: Attempt(1), triggeredAt: 0)
        )
        try source.snapshot(context)
        return context.entries
    }

    /// What each subtask of a restore receives of union states: the elements of all.
    static func union(_ snapshots: [[OperatorStateEntry]]) -> [OperatorStateEntry] {
        guard let first = snapshots.first else { return [] }
        return first.map { entry in
            OperatorStateEntry(
                entry.name,
                entry.redistribution,
                snapshots.flatMap { $0.filter { $0.name == entry.name } }.flatMap(\.elements)
            )
        }
    }
}

/// Keeps rows and watermarks.
private final class CollectingTarget: OutputTarget {
    var rows: [SourceHarness.Row] = []
    var watermarks: [Int64] = []
    var isFull: Bool { false }

    func flush() {}

    func take(_ element: StreamElement) {
        switch element {
        case .batch(let batch):
            for row in 0..<batch.rowCount {
                rows.append(
                    SourceHarness.Row(
                        text: RowText.line(batch, row),
                        eventTime: batch.eventTimes[row],
                        splitWatermark: batch.splitWatermarks[row]
                    )
                )
            }
        case .watermark(let watermark): watermarks.append(watermark.time)
        default: break
        }
    }
}

/// Rows as lines of text.
enum RowText {
    /// The columns, tab-separated; NULL is empty.
    static func line(_ batch: Batch, _ row: Int) -> String {
        batch.schema.columns.indices.map { field(batch, row, $0) }.joined(separator: "\t")
    }

    /// One column as text.
    static func field(_ batch: Batch, _ row: Int, _ column: Int) -> String {
        let reference = batch.columnReferences[column]
        guard reference.isPresent(row) else { return "" }
        switch batch.schema.columns[column].type {
        case .boolean: return String(reference.load(row, as: Bool.self))
        case .int8: return String(reference.load(row, as: Int8.self))
        case .int16: return String(reference.load(row, as: Int16.self))
        case .int32, .date, .monthInterval: return String(reference.load(row, as: Int32.self))
        case .float: return String(reference.load(row, as: Float.self))
        case .double: return String(reference.load(row, as: Double.self))
        case .decimal: return String(reference.load(row, as: Int128.self))
        case .timestamp(let precision, _) where precision > 6:
            return String(reference.load(row, as: Int128.self))
        case .int64, .time, .timestamp, .dayTimeInterval:
            return String(reference.load(row, as: Int64.self))
        case .string, .bytes, .array, .map, .row:
            return String(StringView.load(reference, row))
        }
    }
}
