import WeirCore
import WeirData

extension WindowOperator {
    // MARK: Timers

    /// Registers what a new window waits for: its end, and the end of its lateness.
    func registerTimers(_ window: WindowBounds) {
        if assigner == .global { return }
        switch trigger.inner {
        case .eventTime, .processingTime, .continuousMilliseconds:
            // A window that is over already fires with the row at hand.
            if timeDomain == .processingTime || closingTime(window) > context.watermark {
                register(closingTime(window), window, WindowOperator.firingKind)
            }
        case .count, .purging: break
        }
        register(cleanupTime(window), window, WindowOperator.cleanupKind)
    }

    /// Removes the timers of a window that was merged into another.
    func removeTimers(_ window: WindowBounds, _ record: WindowRecord) {
        remove(closingTime(window), window, WindowOperator.firingKind)
        remove(cleanupTime(window), window, WindowOperator.cleanupKind)
        if record.nextFiring != .max {
            remove(record.nextFiring, window, WindowOperator.firingKind)
        }
    }

    private func cleanupTime(_ window: WindowBounds) -> Int64 {
        timeDomain == .eventTime
            ? options.lastMoment(closingTime(window)) : closingTime(window)
    }

    func register(_ time: Int64, _ window: WindowBounds, _ kind: UInt8) {
        tag(window, kind).withUnsafeBytes { tag in
            timers?.register(time, keyGroup: key.keyGroup, key: key.bytes, tag: tag)
        }
    }

    private func remove(_ time: Int64, _ window: WindowBounds, _ kind: UInt8) {
        tag(window, kind).withUnsafeBytes { tag in
            _ = timers?.remove(time, keyGroup: key.keyGroup, key: key.bytes, tag: tag)
        }
    }

    /// kind u8 | start i64 | end i64: at one time windows fire before they are dropped.
    private func tag(_ window: WindowBounds, _ kind: UInt8) -> [UInt8] {
        var writer = SortedKey()
        writer.writer.append(byte: kind)
        writer.append(window.start)
        writer.append(window.end)
        return writer.writer.array
    }

    /// A timer of the current key has come.
    func timerFired(_ timer: DueTimer) throws(WeirError) {
        guard timer.tag.count == 17, let store else { return }
        let window = WindowBounds(
            start: SortedKey.integer(timer.tag, at: 1),
            end: SortedKey.integer(timer.tag, at: 9)
        )
        guard var record = try store.record(window) else { return }
        if timer.tag[0] == WindowOperator.cleanupKind {
            store.remove(window)
            return dropRows(window, store)
        }
        try fire(window, &record)
        if case .continuousMilliseconds(let interval) = trigger.inner,
            timer.time < closingTime(window)
        {
            record.nextFiring = timer.time + interval
            if record.nextFiring < closingTime(window) {
                register(record.nextFiring, window, WindowOperator.firingKind)
            }
        }
        store.set(window, record)
    }

    /// Removes rows that no window of the current key has any more.
    private func dropRows(_ window: WindowBounds, _ store: WindowStore) {
        guard let rows else { return }
        let firstKept = store.windows().map(\.start).min() ?? window.end
        let last = min(window.end, firstKept) - 1
        if last >= window.start { rows.remove(window.start...last) }
    }

    // MARK: Firing

    /// Emits a window of the current key, and purges it if its trigger says so.
    func fire(_ window: WindowBounds, _ record: inout WindowRecord) throws(WeirError) {
        let keyColumns = try keyRow()
        switch function {
        case .aggregate(let kernels) where evictor == nil:
            if record.rowCount > 0 {
                record.accumulator.withUnsafeBytes { bytes in
                    guard let address = bytes.baseAddress else { return }
                    kernels.emit(address, keyColumns, window, context.output.builder)
                }
            }
        case .aggregate(let kernels):
            try withRows(window, record) { batch in
                var folded = [UInt8](repeating: 0, count: kernels.width)
                folded.withUnsafeMutableBytes { bytes in
                    guard let address = bytes.baseAddress else { return }
                    kernels.initialise(address)
                    for row in 0..<batch.rowCount {
                        kernels.add(address, batch.columnReferences, row)
                    }
                    kernels.emit(address, keyColumns, window, context.output.builder)
                }
            }
        case .process(let kernel):
            try withRows(window, record) { batch in
                kernel(
                    batch.columnReferences,
                    batch.rowCount,
                    keyColumns,
                    window,
                    context.output.builder
                )
            }
        }
        if trigger.purges { purge(window, &record) }
    }

    private func purge(_ window: WindowBounds, _ record: inout WindowRecord) {
        let fresh = newRecord()
        record.rowCount = 0
        record.accumulator = fresh.accumulator
        guard let rows else { return }
        record.firstSequence = rows.nextSequence
        // Rows of overlapping windows are kept for the others.
        if sliced.map({ $0.slide >= $0.size }) ?? true {
            rows.remove(window.start...(assigner == .global ? .max : window.end - 1))
        }
    }

    /// Gives the rows of a window to `body`, as a batch, if there are any.
    ///
    /// Rows that their own split called late for the window are left out, and those that the evictor
    /// takes. A window holds up to 65 536 rows.
    private func withRows(
        _ window: WindowBounds,
        _ record: WindowRecord,
        _ body: (Batch) -> Void
    ) throws(WeirError) {
        guard let rows else { return }
        let last = assigner == .global ? Int64.max : window.end - 1
        var wanted = rows.entries(window.start...last).filter { row in
            row.sequence >= record.firstSequence && !isOver(window, row.splitWatermark)
        }
        if let evictor { wanted.removeFirst(evictor.evictedCount(wanted.map(\.time))) }
        guard !wanted.isEmpty else { return }
        guard wanted.count <= 65_536 else {
            throw WeirError(
                .jobFailed,
                "A window of \(context.name) holds \(wanted.count) rows; 65536 can be processed.",
                position: context.name,
                fix: "Use aggregate instead of process, or smaller windows."
            )
        }
        let batch = Batch(keyFields[0].schema, capacity: wanted.count)
        for (index, row) in wanted.enumerated() {
            try rows.decode(row.bytes, into: batch.columnReferences, row: index)
        }
        batch.setRowCount(wanted.count)
        body(batch)
    }

    /// Whether a window is over for a row by the row's own split.
    private func isOver(_ window: WindowBounds, _ splitWatermark: Int64) -> Bool {
        guard timeDomain == .eventTime, sliced != nil else { return false }
        return options.lastMoment(window.maxTimestamp) <= splitWatermark
    }
}
