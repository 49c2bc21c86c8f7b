import WeirCore
import WeirData
import WeirState

/// Joins rows of one key whose event times are near: left + lower <= right <= left + upper.
///
/// Inner join. Each row is kept until the watermark says that no partner can come; the result has
/// the later of the two event times and the lesser of the two split watermarks. A row that its own
/// split calls late is dropped or sent aside, so that results do not depend on what other splits do.
public final class IntervalJoin: KeyedOperator {
    private let kernel: JoinKernel
    private let lower: Int64
    private let upper: Int64
    private var sides: [StoredRows] = []
    private var timers: TimerQueue?
    private var lateRows = LateRows()
    private let emitsLateRows: Bool

    /// Rows that are dropped between two looks at the clock of the runner.
    private static let dropsPerSlice = 512

    /// A join with bounds in milliseconds, both included; late rows are counted, and sent to side
    /// output 1 (left) or 2 (right) if that is wanted.
    public init(
        _ keys: [KeyFields],
        lower: Int64,
        upper: Int64,
        emitsLateRows: Bool = false,
        _ kernel: @escaping JoinKernel
    ) {
        precondition(keys.count == 2, "a join has two keys")
        precondition(lower <= upper, "the lower bound \(lower) is above the upper one \(upper)")
        precondition(abs(lower) < 1 << 50 && abs(upper) < 1 << 50, "bounds past 35 000 years")
        self.kernel = kernel
        self.lower = lower
        self.upper = upper
        self.emitsLateRows = emitsLateRows
        super.init(keys)
    }

    /// Registers the rows of both sides.
    public override func registerStates() throws(WeirError) {
        sides = [
            try StoredRows("left", keyFields[0].schema, self),
            try StoredRows("right", keyFields[1].schema, self),
        ]
        timers = TimerQueue(try sortedState("timers", .timers), layout)
    }

    /// Restores timers and sequences.
    public override func open() throws(WeirError) {
        try super.open()
        timers?.prepare()
        for side in sides { try side.restore(context) }
    }

    /// Joins each row with the rows of the other side that are there, and keeps it.
    public override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        let rows = RowSelection(batch, from: position)
        let keys = extractKeys(batch, rows, input: input)
        defer { lateRows.flush(batch, context, emits: emitsLateRows, to: 1 + input) }
        for index in 0..<rows.count {
            if index > 0, context.output.isFull { return .suspended(at: position + index) }
            key.set(keys.key(index), hash: keys.hashes[index])
            try take(batch, rows[index], input)
            try key.check()
        }
        return .consumed
    }

    private func take(_ batch: Batch, _ row: Int, _ input: Int) throws(WeirError) {
        let time = batch.eventTimes[row]
        guard time > -(1 << 60), time < 1 << 60 else {
            throw WeirError(
                .jobFailed,
                "\(context.name) got a row without an event time.",
                position: context.name,
                fix: "Give the source a watermark strategy with timestamps."
            )
        }
        let splitWatermark = batch.splitWatermarks[row]
        if time <= splitWatermark || time <= context.watermark { return lateRows.append(row) }
        let columns = batch.columnReferences
        let range =
            input == 0 ? (time + lower)...(time + upper) : (time - upper)...(time - lower)
        for stored in sides[1 - input].rows(range) {
            let other = try sides[1 - input].decode(stored)
            let otherTime = other[-1].load(0, as: Int64.self)
            let otherWatermark = other[-2].load(0, as: Int64.self)
            kernel(
                input == 0 ? columns : other,
                input == 0 ? row : 0,
                input == 0 ? other : columns,
                input == 0 ? 0 : row,
                max(time, otherTime),
                min(splitWatermark, otherWatermark),
                context.output.builder
            )
        }
        // The last moment at which a partner may come, or the row's own time if that has passed.
        let last = max(time, range.upperBound)
        sides[input].append(columns, row, time: time)
        [UInt8(input)].withUnsafeBytes { tag in
            timers?.register(last, keyGroup: key.keyGroup, key: key.bytes, tag: tag)
        }
    }

    /// Drops rows that no partner can come for.
    public override func fireTimers(now: Int64) throws(WeirError) -> Bool {
        guard let timers else { return false }
        return try timers.fire(
            upTo: context.watermark,
            limit: IntervalJoin.dropsPerSlice,
            while: true
        ) { timer throws(WeirError) in
            moveTo(timer.key)
            let input = Int(timer.tag.first ?? 0)
            // Inverse of the range in `take`: the time of rows whose last moment has come.
            let time = timer.time - max(0, input == 0 ? upper : -lower)
            sides[input].remove(time...time)
            try key.check()
        }
    }

    /// Keeps rows, timers and sequences.
    public override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        for side in sides { side.snapshot(snapshot) }
    }
}
