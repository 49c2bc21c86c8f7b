import WeirCore
import WeirData
import WeirState

/// Windows of any kind: sessions and the global window, triggers, evictors, functions of all rows.
///
/// Each window of a key has a record and timers; rows, if they are kept, are kept once, by time, so
/// that merging sessions moves none. Aggregates over tumbling and sliding windows with the usual
/// trigger are `SlicedWindowAggregate`'s. After Flink's WindowOperator.
public final class WindowOperator: KeyedOperator {
    let assigner: WindowAssigner
    let function: WindowFunction
    let trigger: WindowTrigger
    let evictor: WindowEvictor?
    let timeDomain: TimeDomain
    let options: WindowOptions
    let sliced: SlicedWindows?
    var store: WindowStore?
    var rows: StoredRows?
    var timers: TimerQueue?
    var lateRows = LateRows()

    /// Firings between two looks at the clock of the runner.
    private static let firingsPerSlice = 128
    /// Kinds of timers: the first byte of their tags.
    static let firingKind: UInt8 = 0
    static let cleanupKind: UInt8 = 1

    /// Windows of a key.
    public init(
        _ key: KeyFields,
        _ assigner: WindowAssigner,
        _ function: WindowFunction,
        trigger: WindowTrigger? = nil,
        evictor: WindowEvictor? = nil,
        timeDomain: TimeDomain = .eventTime,
        options: WindowOptions = WindowOptions()
    ) {
        self.assigner = assigner
        self.function = function
        self.trigger = trigger ?? (timeDomain == .eventTime ? .eventTime : .processingTime)
        self.evictor = evictor
        self.timeDomain = timeDomain
        self.options = options
        sliced = assigner.sliced
        super.init([key])
    }

    /// Whether the rows themselves are kept.
    var keepsRows: Bool {
        if case .process = function { return true }
        return evictor != nil
    }

    /// Registers windows, rows and timers.
    public override func registerStates() throws(WeirError) {
        store = try WindowStore(self, format: "\(function.format) in \(assigner)")
        if keepsRows { rows = try StoredRows("rows", keyFields[0].schema, self) }
        timers = TimerQueue(try sortedState("timers", .timers), layout)
    }

    /// Restores timers and sequence.
    public override func open() throws(WeirError) {
        try super.open()
        timers?.prepare()
        try rows?.restore(context)
    }

    /// Puts each row into its windows; stops between rows when the output is full.
    public override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        let selected = RowSelection(batch, from: position)
        let keys = extractKeys(batch, selected, input: 0)
        let now = wallMilliseconds
        defer { lateRows.flush(batch, context, emits: options.emitsLateRows) }
        for index in 0..<selected.count {
            if index > 0, context.output.isFull { return .suspended(at: position + index) }
            key.set(keys.key(index), hash: keys.hashes[index])
            let row = selected[index]
            let time = timeDomain == .eventTime ? batch.eventTimes[row] : now
            try take(batch, row, time)
            try key.check()
        }
        return .consumed
    }

    private func take(_ batch: Batch, _ row: Int, _ time: Int64) throws(WeirError) {
        guard assigner == .global || (time > -(1 << 60) && time < 1 << 60) else {
            throw WeirError(
                .jobFailed,
                "\(context.name) got a row without an event time.",
                position: context.name,
                fix: "Give the source a watermark strategy with timestamps."
            )
        }
        let splitWatermark = batch.splitWatermarks[row]
        let open = try openWindows(time, splitWatermark)
        guard !open.isEmpty else {
            if isInAnyWindow(time) { lateRows.append(row) }
            return
        }
        let columns = batch.columnReferences
        rows?.append(columns, row, time: time)
        for window in open { try add(columns, row, time, to: window) }
    }

    private func isInAnyWindow(_ time: Int64) -> Bool {
        sliced.map { $0.sliceStart(time) != nil } ?? true
    }

    /// The last moment at which a row in time may join a window, which fires when time gets there.
    ///
    /// For a session that is its end, and a millisecond later than in Flink: a row at the very end
    /// joins it. Were it over before, the result would depend on which of the two came first.
    func closingTime(_ window: WindowBounds) -> Int64 {
        if case .sessionMilliseconds = assigner { return window.end }
        return window.maxTimestamp
    }

    /// A session's result has the last millisecond before its end as its event time.
    public override var watermarkLagMilliseconds: Int64 {
        if case .sessionMilliseconds = assigner, timeDomain == .eventTime { return 1 }
        return 0
    }

    /// Whether a row is too late for a window.
    func isLate(_ window: WindowBounds, _ splitWatermark: Int64) -> Bool {
        guard timeDomain == .eventTime, assigner != .global else { return false }
        return options.isLate(
            closingTime(window),
            splitWatermark: splitWatermark,
            watermark: context.watermark
        )
    }

    private func openWindows(
        _ time: Int64,
        _ splitWatermark: Int64
    ) throws(WeirError) -> [WindowBounds] {
        switch assigner {
        case .global: return [WindowBounds(start: .min, end: .max)]
        case .sessionMilliseconds(let gap):
            return try openSession(time, gap, splitWatermark).map { [$0] } ?? []
        case .tumblingMilliseconds, .slidingMilliseconds:
            guard let sliced, let slice = sliced.sliceStart(time) else { return [] }
            return stride(
                from: sliced.firstEnd(slice),
                through: sliced.lastEnd(slice),
                by: Int(sliced.slide)
            ).map { WindowBounds(start: $0 - sliced.size, end: $0) }
                .filter { !isLate($0, splitWatermark) }
        }
    }

    // MARK: Sessions

    /// The session of a row, merged with those that it meets; nil if the row is too late.
    ///
    /// A session that is over for the row's split is not merged, whether or not its state is still
    /// there: so the result does not depend on how far other splits have come.
    private func openSession(
        _ time: Int64,
        _ gap: Int64,
        _ splitWatermark: Int64
    ) throws(WeirError) -> WindowBounds? {
        guard let store else { return nil }
        let own = WindowBounds(start: time, end: time + gap)
        let met = store.windows().filter { $0.meets(own) && !isLate($0, splitWatermark) }
        let merged = met.reduce(own) { $0.cover($1) }
        if isLate(merged, splitWatermark) { return nil }
        if met == [merged] { return merged }
        var record: WindowRecord?
        for window in met {
            guard let other = try store.record(window) else { continue }
            record = try record.map { (first) throws(WeirError) in merge(first, other) } ?? other
            store.remove(window)
            removeTimers(window, other)
        }
        if var record {
            record.nextFiring = .max
            store.set(merged, record)
            registerTimers(merged)
        }
        return merged
    }

    private func merge(_ first: WindowRecord, _ other: WindowRecord) -> WindowRecord {
        var record = first
        record.count += other.count
        record.rowCount += other.rowCount
        record.firstSequence = max(first.firstSequence, other.firstSequence)
        if case .aggregate(let kernels) = function, evictor == nil {
            record.accumulator.withUnsafeMutableBytes { target in
                other.accumulator.withUnsafeBytes { source in
                    guard let into = target.baseAddress, let from = source.baseAddress else {
                        return
                    }
                    kernels.merge(from, into)
                }
            }
        }
        return record
    }

    // MARK: Rows and triggers

    // SAFETY: the columns are those of the batch at hand, with a row below its count.
    private func add(
        _ columns: UnsafeMutablePointer<ColumnReference>,
        _ row: Int,
        _ time: Int64,
        to window: WindowBounds
    ) throws(WeirError) {
        guard let store else { return }
        let found = try store.record(window)
        var record = found ?? newRecord()
        if found == nil { registerTimers(window) }
        if case .aggregate(let kernels) = function, evictor == nil {
            record.accumulator.withUnsafeMutableBytes { bytes in
                if let address = bytes.baseAddress { kernels.add(address, columns, row) }
            }
        }
        record.rowCount += 1
        record.count += 1
        let fires = isTriggered(&record, window, time)
        if fires { try fire(window, &record) }
        store.set(window, record)
    }

    func newRecord() -> WindowRecord {
        var record = WindowRecord()
        guard case .aggregate(let kernels) = function, evictor == nil else { return record }
        record.accumulator = [UInt8](repeating: 0, count: kernels.width)
        record.accumulator.withUnsafeMutableBytes { bytes in
            if let address = bytes.baseAddress { kernels.initialise(address) }
        }
        return record
    }

    /// Whether a row makes its window fire.
    private func isTriggered(
        _ record: inout WindowRecord,
        _ window: WindowBounds,
        _ time: Int64
    ) -> Bool {
        let isOver = assigner != .global && closingTime(window) <= context.watermark
        switch trigger.inner {
        case .eventTime: return isOver
        case .processingTime, .purging: return false
        case .count(let limit):
            if record.count < Int64(limit) { return false }
            record.count = 0
            return true
        case .continuousMilliseconds(let interval):
            if isOver { return true }
            if record.nextFiring == .max {
                let remainder = time % interval
                record.nextFiring =
                    time - (remainder < 0 ? remainder + interval : remainder) + interval
                register(record.nextFiring, window, WindowOperator.firingKind)
            }
            return false
        }
    }

    /// Fires due windows, a bounded number.
    public override func fireTimers(now: Int64) throws(WeirError) -> Bool {
        guard let timers else { return false }
        return try timers.fire(
            upTo: timeDomain == .eventTime ? context.watermark : now,
            limit: WindowOperator.firingsPerSlice,
            while: !context.output.isFull
        ) { timer throws(WeirError) in
            moveTo(timer.key)
            try timerFired(timer)
            try key.check()
        }
    }

    /// The next window of processing time.
    public override var nextProcessingTimer: Int64? {
        timeDomain == .processingTime ? timers?.next : nil
    }

    /// Keeps windows, rows, timers and sequence.
    public override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        rows?.snapshot(snapshot)
    }
}
