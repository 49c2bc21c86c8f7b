import WeirCore
import WeirData
import WeirState

/// Joins the rows of one key that lie in the same window, tumbling or sliding; inner join.
///
/// Rows are kept by time; when the watermark reaches a window's end, its pairs are emitted, in slices:
/// how far a window has come is part of the timer, so that a barrier may come between any two left
/// rows. A pair's event time is the window's last millisecond, its split watermark the lesser one.
public final class WindowJoin: KeyedOperator {
    private let kernel: JoinKernel
    private let windows: SlicedWindows
    private var sides: [StoredRows] = []
    private var timers: TimerQueue?
    private var lateRows = LateRows()
    private let emitsLateRows: Bool

    /// Firings between two looks at the clock of the runner.
    private static let firingsPerSlice = 256
    /// Left rows of a window that are joined in one firing.
    private static let leftRowsPerFiring = 64

    /// A join over windows of `size` milliseconds every `slide`; late rows are counted, and sent to
    /// side output 1 (left) or 2 (right) if that is wanted.
    public init(
        _ keys: [KeyFields],
        size: Int64,
        slide: Int64,
        offset: Int64 = 0,
        emitsLateRows: Bool = false,
        _ kernel: @escaping JoinKernel
    ) {
        precondition(keys.count == 2, "a join has two keys")
        self.kernel = kernel
        self.emitsLateRows = emitsLateRows
        windows = SlicedWindows(size: size, slide: slide, offset: offset)
        super.init(keys)
    }

    /// A join over aligned windows; nil for sessions and the global window.
    public convenience init?(
        _ keys: [KeyFields],
        _ assigner: WindowAssigner,
        emitsLateRows: Bool = false,
        _ kernel: @escaping JoinKernel
    ) {
        guard let sliced = assigner.sliced else { return nil }
        self.init(
            keys,
            size: sliced.size,
            slide: sliced.slide,
            offset: sliced.offset,
            emitsLateRows: emitsLateRows,
            kernel
        )
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

    /// Keeps the rows.
    public override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        let rows = RowSelection(batch, from: position)
        let keys = extractKeys(batch, rows, input: input)
        defer { lateRows.flush(batch, context, emits: emitsLateRows, to: 1 + input) }
        for index in 0..<rows.count {
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
        guard let slice = windows.sliceStart(time) else { return }
        let seen = max(batch.splitWatermarks[row], context.watermark)
        let last = windows.lastEnd(slice)
        if last - 1 <= seen { return lateRows.append(row) }
        sides[input].append(batch.columnReferences, row, time: time)
        var end = windows.firstEnd(slice)
        // Windows that have fired are over for this row.
        if end - 1 <= context.watermark {
            end += ((context.watermark - end + 1) / windows.slide + 1) * windows.slide
        }
        register(end, from: 0)
    }

    private func register(_ end: Int64, from leftRow: Int64) {
        withUnsafeBytes(of: leftRow.littleEndian) { tag in
            let tag = leftRow == 0 ? .empty : tag
            timers?.register(end - 1, keyGroup: key.keyGroup, key: key.bytes, tag: tag)
        }
    }

    /// Joins windows that are over.
    public override func fireTimers(now: Int64) throws(WeirError) -> Bool {
        guard let timers else { return false }
        return try timers.fire(
            upTo: context.watermark,
            limit: WindowJoin.firingsPerSlice,
            while: !context.output.isFull
        ) { timer throws(WeirError) in
            moveTo(timer.key)
            let tag = timer.tag
            let first = tag.count == 8 ? Int64(littleEndian: tag.loadUnaligned(as: Int64.self)) : 0
            try fire(end: timer.time + 1, from: Int(first))
            try key.check()
        }
    }

    private func fire(end: Int64, from first: Int) throws(WeirError) {
        let range = (end - windows.size)...(end - 1)
        let left = sides[0].rows(range)
        let right = sides[1].rows(range)
        let limit = min(left.count, first + WindowJoin.leftRowsPerFiring)
        if !right.isEmpty, first < limit {
            for row in left[first..<limit] { try join(row, right, end) }
            if limit < left.count { return register(end, from: Int64(limit)) }
        }
        let next = end + windows.slide
        // What is older went with the windows before; looking there would meet its tombstones.
        for side in sides { side.remove((end - windows.size)...(next - windows.size - 1)) }
        guard next - windows.size < end else { return }
        let isEmpty = sides.allSatisfy { $0.rows((next - windows.size)...(end - 1)).isEmpty }
        if !isEmpty { register(next, from: 0) }
    }

    private func join(_ row: [UInt8], _ right: [[UInt8]], _ end: Int64) throws(WeirError) {
        let leftColumns = try sides[0].decode(row)
        let leftWatermark = leftColumns[-2].load(0, as: Int64.self)
        guard isOpen(leftWatermark, end) else { return }
        for other in right {
            let columns = try sides[1].decode(other)
            let watermark = columns[-2].load(0, as: Int64.self)
            guard isOpen(watermark, end) else { continue }
            kernel(
                leftColumns,
                0,
                columns,
                0,
                end - 1,
                min(leftWatermark, watermark),
                context.output.builder
            )
        }
    }

    /// Whether a row with this split watermark is in time for a window.
    private func isOpen(_ splitWatermark: Int64, _ end: Int64) -> Bool { splitWatermark < end - 1 }

    /// Keeps rows, timers and sequences.
    public override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        for side in sides { side.snapshot(snapshot) }
    }
}
