import WeirCore
import WeirData
import WeirOperators

/// Reads the splits that it is dealt, several at a time, always the one whose event time is
/// furthest behind.
///
/// Its watermark is the lowest of all its splits, waiting ones included; over a bounded input it
/// does not move before all splits were dealt. The snapshot holds each split with its position.
final class FileReader: SourceOperator {
    private static let stateName = "splits"
    /// Malformed records looked at in one poll.
    private static let malformedLimit = 64
    /// Memory for stretches of all open splits together; each has two, one of them on its way.
    private static let chunkBudget = 32 << 20
    /// Most open splits where no event time says which is behind: enough that opening the next ones
    /// is not waited for.
    private static let untimedSplitLimit = 8
    /// Silence after which a reader of watched directories does not hold others back.
    private static let idleNanoseconds: Int64 = 1_000_000_000

    private let options: FileSourceOptions
    private let schema: Schema
    private let strategy: WatermarkStrategy
    private var waiting: [FileSplit] = []
    private var readers: [SplitReader] = []
    private let chunks = FileChunkPool()
    private var hasAllSplits = false
    private var emittedWatermark = EventTimes.minimum
    private var idleSince: Int64?
    private var isIdle = false
    private var totalBytes = 0
    /// The watermark at which the pace began, and when: monotonic nanoseconds.
    private var paceStart: (time: Int64, at: Int64)?
    private var finishedBytes = 0

    init(_ options: FileSourceOptions, schema: Schema, watermarks: WatermarkStrategy) {
        self.options = options
        self.schema = schema
        strategy = watermarks
    }

    override var forwardsWatermarks: Bool { false }

    override func open() throws(WeirError) {
        for element in context.restored.elements(Self.stateName) {
            let split = try FileSplit(encoded: element)
            #if Sabotage
            if Sabotage.offsetsNotRestored.isActive {
                add(FileSplit(path: split.path, start: split.start, end: split.end))
                continue
            }
            #endif
            add(split)
        }
        waiting.sort { ($0.path, $0.start) < ($1.path, $1.start) }
    }

    override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        let rows = RowSelection(batch, from: position)
        for index in 0..<rows.count { add(FileSplit(batch, row: rows[index])) }
        return .consumed
    }

    override func endInput(_ input: Int) throws(WeirError) { hasAllSplits = true }

    override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        let splits = readers.map(\.split) + waiting
        snapshot.add(OperatorStateEntry(Self.stateName, .split, splits.map { $0.encoded() }))
    }

    override func close() {
        readers.removeAll()
        waiting.removeAll()
    }

    override func poll() throws(WeirError) -> SourceStatus {
        openReaders()
        guard !readers.isEmpty else { return try pollWithoutSplits() }
        wakeUp()
        guard let index = furthestBehind() else { return .waiting(until: nil) }
        if let due = paced(readers[index].split.watermark) { return .waiting(until: due) }
        try read(index)
        advanceWatermark()
        return .ready
    }

    /// When a split at a watermark may be read on, if that is not now.
    private func paced(_ watermark: Int64) -> Int64? {
        guard let speed = options.speed, watermark > EventTimes.minimum else { return nil }
        let now = context.world.clock.monotonicNanoseconds()
        let start = paceStart ?? (time: watermark, at: now)
        paceStart = start
        let due = start.at + Int64(Double(watermark - start.time) * 1_000_000 / speed)
        return due > now ? due : nil
    }

    private func add(_ split: FileSplit) {
        waiting.append(split)
        totalBytes += max(0, split.end - split.position)
    }

    private var openSplitLimit: Int {
        let limit = max(1, options.openSplitLimit)
        if case .none = strategy.generator { return min(limit, Self.untimedSplitLimit) }
        return limit
    }

    private func openReaders() {
        guard !waiting.isEmpty else { return }
        let limit = openSplitLimit
        while !waiting.isEmpty, readers.count < limit {
            let expected = min(readers.count + waiting.count, limit)
            let share = max(64 << 10, Self.chunkBudget / (2 * expected))
            let decoder = options.format.makeDecoder(schema)
            decoder.maxRecordBytes = options.maxRecordBytes
            let reader = SplitReader(
                waiting.removeFirst(),
                decoder: decoder,
                strategy: strategy,
                chunkBytes: min(options.chunkBytes, share),
                chunks: chunks
            )
            readers.append(reader)
            reader.open(context)
        }
    }

    /// The open split with the lowest watermark among those that have bytes to decode.
    private func furthestBehind() -> Int? {
        var best: Int?
        for (index, reader) in readers.enumerated() where reader.isReady {
            if let found = best, readers[found].split.watermark <= reader.split.watermark {
                continue
            }
            best = index
        }
        return best
    }

    private func read(_ index: Int) throws(WeirError) {
        let reader = readers[index]
        let builder = context.output.builder
        for _ in 0..<Self.malformedLimit {
            switch reader.decode(builder, context) {
            case .rows, .waiting: return
            case .finished:
                reader.giveBack()
                readers.remove(at: index)
                finishedBytes += reader.split.end - reader.split.start
                context.metrics.progress =
                    totalBytes == 0 ? 1 : min(1, Double(finishedBytes) / Double(totalBytes))
                return
            case .malformed(let failure, let offset, let length, let raw):
                try handle(failure, reader.split.path, offset, length, raw)
                if builder.rowCount == 0 { return }
            }
        }
    }

    private func handle(
        _ failure: RecordFailure,
        _ path: String,
        _ offset: Int,
        _ length: Int,
        _ raw: [UInt8]
    ) throws(WeirError) {
        context.metrics.recordsMalformed += 1
        switch options.onMalformed {
        case .skip: return
        case .fail:
            throw WeirError(
                .malformedRecord,
                "A record of \(length) bytes cannot be decoded.",
                position: "\(path), record at byte \(offset)",
                reason: failure.text,
                fix: MalformedPolicy.advice("FileSourceOptions.onMalformed")
            )
        case .deadLetter:
            guard context.outputs.count > 1 else { return }
            raw.withUnsafeBytes {
                DeadLetter.append(
                    to: context.outputs[1].builder,
                    source: path,
                    offset: offset,
                    length: length,
                    failure: failure,
                    operator: context.name,
                    raw: $0
                )
            }
        }
    }

    private func advanceWatermark() {
        guard hasAllSplits || options.watchMilliseconds != nil else { return }
        var lowest = EventTimes.maximum
        for reader in readers { lowest = min(lowest, reader.split.watermark) }
        for split in waiting { lowest = min(lowest, split.watermark) }
        guard lowest > emittedWatermark, lowest < EventTimes.maximum else { return }
        emittedWatermark = lowest
        emitWatermark(lowest)
    }

    // MARK: Nothing to read

    private func pollWithoutSplits() throws(WeirError) -> SourceStatus {
        if hasAllSplits {
            context.metrics.progress = 1
            return .finished
        }
        guard options.watchMilliseconds != nil, !isIdle else { return .waiting(until: nil) }
        let now = context.world.clock.monotonicNanoseconds()
        let since = idleSince ?? now
        idleSince = since
        let due =
            since
            + (strategy.idleTimeoutMilliseconds.map { $0 * 1_000_000 } ?? Self.idleNanoseconds)
        guard now >= due else { return .waiting(until: due) }
        isIdle = true
        emitStatus(.idle)
        return .waiting(until: nil)
    }

    private func wakeUp() {
        idleSince = nil
        guard isIdle else { return }
        isIdle = false
        emitStatus(.active)
    }
}
