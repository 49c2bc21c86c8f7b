import WeirCore
import WeirData
import WeirState

/// Aggregates over tumbling and sliding windows of event time.
///
/// A row is folded into one accumulator, that of its key and slice. When the watermark reaches the
/// end of a window, its slices are merged: one by one if they are few, else by two stacks
/// (`SlidingStack`), so that the cost of a window does not grow with its number of slices. One timer
/// for each key and next window end; it moves on while the key has slices.
///
/// A row that its own split calls late for some windows of its slice, which are not over here, is
/// kept apart for each of the other windows (`extras`): so results do not depend on how far other
/// splits have come.
public final class SlicedWindowAggregate: KeyedOperator {
    let kernels: AccumulatorKernels
    let windows: SlicedWindows
    let options: WindowOptions
    var panes: PaneState?
    var extras: PaneState?
    var stack: SlidingStack?
    var timers: TimerQueue?
    private var paneKeys: PaneKeys
    private var lateRows = LateRows()
    /// Accumulators under construction.
    let scratch: UnsafeMutableRawPointer
    // The slice of the last row: neighbours mostly share it.
    private var slice: Int64 = .min
    private var sliceEnd: Int64 = .min
    private var firstEnd: Int64 = .min

    /// Windows of more slices are kept as two stacks.
    static let mostMergedSlices = 16
    /// Windows that fire between two looks at the clock of the runner.
    static let firingsPerSlice = 512
    /// The tag of timers that drop a window's state.
    static let cleanupTag: [UInt8] = [1]

    /// Windows of `size` milliseconds every `slide`, one of which begins at `offset`.
    public init(
        _ key: KeyFields,
        size: Int64,
        slide: Int64,
        offset: Int64 = 0,
        options: WindowOptions = WindowOptions(),
        _ kernels: AccumulatorKernels
    ) {
        self.kernels = kernels
        self.options = options
        windows = SlicedWindows(size: size, slide: slide, offset: offset)
        // SAFETY: room for two accumulators, freed in `deinit`.
        scratch = .allocate(byteCount: 512, alignment: 16)
        paneKeys = PaneKeys(key.makeCodec().layout, capacity: Batch.defaultCapacity)
        super.init([key])
    }

    deinit { scratch.deallocate() }

    /// What snapshots say of accumulators: they belong to windows of this shape.
    var valueSchema: [UInt8] {
        ValueFormat.bytes(
            width: kernels.width,
            "\(kernels.format) of \(windows.size) ms every \(windows.slide) from \(windows.offset)"
        )
    }

    /// Registers slices and timers.
    public override func registerStates() throws(WeirError) {
        panes = try PaneState.register("panes", of: self)
        extras = try PaneState.register("extras", of: self)
        if windows.slicesPerWindow > SlicedWindowAggregate.mostMergedSlices {
            stack = try SlidingStack(self)
        }
        timers = TimerQueue(try sortedState("timers", .timers), layout)
    }

    /// Restores the timers.
    public override func open() throws(WeirError) {
        try super.open()
        timers?.prepare()
    }

    /// Folds the rows in; rows whose windows are partly over are taken one by one.
    public override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        let rows = RowSelection(batch, from: position)
        let keys = extractKeys(batch, rows, input: 0)
        if rows.count > paneKeys.capacity { paneKeys = PaneKeys(layout, capacity: rows.count) }
        defer { lateRows.flush(batch, context, emits: options.emitsLateRows) }
        let times = batch.eventTimes
        let splitWatermarks = batch.splitWatermarks
        let watermark = context.watermark
        for index in 0..<rows.count {
            let row = rows[index]
            let time = times[row]
            if time < slice || time >= sliceEnd {
                guard try findSlice(time) else { continue }
            }
            if firstEnd &- 1 > max(watermark, splitWatermarks[row]) {
                paneKeys.append(keys, index, slice: slice, row: row)
                continue
            }
            try addCollected(batch)
            key.set(keys.key(index), hash: keys.hashes[index])
            try addSingle(batch, row)
            if context.output.isFull, index + 1 < rows.count {
                return .suspended(at: position + index + 1)
            }
        }
        try addCollected(batch)
        return .consumed
    }

    /// Moves to the slice of a time; false if the time is in no window.
    private func findSlice(_ time: Int64) throws(WeirError) -> Bool {
        guard time > -(1 << 60), time < 1 << 60 else {
            throw WeirError(
                .jobFailed,
                "\(context.name) got a row without an event time.",
                position: context.name,
                fix: "Give the source a watermark strategy with timestamps."
            )
        }
        guard let start = windows.sliceStart(time) else { return false }
        slice = start
        sliceEnd = start + windows.slice
        firstEnd = windows.firstEnd(start)
        return true
    }

    private func addCollected(_ batch: Batch) throws(WeirError) {
        guard paneKeys.count > 0, let panes, let timers else { return }
        try panes.prepare(paneKeys)
        let freshCount = kernels.addRows(panes.state.table, paneKeys, batch.columnReferences)
        for index in 0..<freshCount {
            let fresh = Int(paneKeys.fresh[index])
            registerTimer(timers, fresh)
        }
        paneKeys.removeAll()
    }

    private func registerTimer(_ timers: TimerQueue, _ index: Int) {
        let group = KeyGroup(
            hash: paneKeys.hashes[index],
            maxParallelism: context.maxParallelism
        ).number
        if paneKeys.isFixed {
            let start = UInt64(paneKeys.words[2 * index + 1])
            let end = windows.firstEnd(Int64(bitPattern: start))
            let key = UnsafeRawBufferPointer(start: paneKeys.words + 2 * index, count: 8)
            timers.register(end - 1, keyGroup: group, key: key, tag: .empty)
            return
        }
        let bytes = paneKeys.bytes(index)
        let count = bytes.count - PaneKeys.sliceBytes
        let start = bytes.loadUnaligned(fromByteOffset: count, as: Int64.self)
        timers.register(
            windows.firstEnd(start) - 1,
            keyGroup: group,
            key: UnsafeRawBufferPointer(rebasing: bytes[..<count]),
            tag: .empty
        )
    }

    /// Takes a row of the current key for whose slice some window is over.
    private func addSingle(_ batch: Batch, _ row: Int) throws(WeirError) {
        guard let panes, let timers else { return }
        let splitWatermark = batch.splitWatermarks[row]
        let watermark = context.watermark
        let last = windows.lastEnd(slice)
        var first = firstEnd
        // Whether a window that has not fired here is closed for the row.
        var isClosedEarly = false
        while first <= last,
            options.isLate(first - 1, splitWatermark: splitWatermark, watermark: watermark)
        {
            if first - 1 > watermark { isClosedEarly = true }
            first += windows.slide
        }
        if first > last { return lateRows.append(row) }
        let columns = batch.columnReferences
        if !isClosedEarly {
            let (address, isNew) = try panes.upsert(key, slice)
            if isNew { kernels.initialise(address) }
            kernels.add(address, columns, row)
            try stack?.noteChange(key, slice)
        }
        for end in stride(from: first, through: last, by: Int(windows.slide)) {
            if isClosedEarly {
                guard let extras else { return }
                let (address, isNew) = try extras.upsert(key, end)
                if isNew { kernels.initialise(address) }
                kernels.add(address, columns, row)
            }
            if end - 1 <= watermark {
                try emit(end)
                register(timers, options.lastMoment(end - 1), SlicedWindowAggregate.cleanupTag)
            } else {
                register(timers, end - 1, [])
                if !isClosedEarly { break }
            }
        }
    }

    func register(_ timers: TimerQueue, _ time: Int64, _ tag: [UInt8]) {
        tag.withUnsafeBytes {
            timers.register(time, keyGroup: key.keyGroup, key: key.bytes, tag: $0)
        }
    }

    /// Fires due windows, a bounded number.
    public override func fireTimers(now: Int64) throws(WeirError) -> Bool {
        guard let timers else { return false }
        return try timers.fire(
            upTo: context.watermark,
            limit: SlicedWindowAggregate.firingsPerSlice,
            while: !context.output.isFull
        ) { timer throws(WeirError) in
            moveTo(timer.key)
            if timer.tag.isEmpty {
                try fire(timers, end: timer.time + 1)
            } else {
                try drop(end: timer.time - options.allowedLateness + 1)
            }
            try key.check()
        }
    }
}
