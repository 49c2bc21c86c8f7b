import WeirCore
import WeirData

/// Sets event times and watermarks in the middle of a program.
///
/// Each instance counts as one split. Where the source knows its splits, give the strategy to the
/// source: there a slow split does not make rows of another late.
public final class AssignWatermarks: Operator {
    private let strategy: WatermarkStrategy
    private var watermarks: SplitWatermarks
    private var emitted = EventTimes.minimum
    private var isIdle = false
    /// When it falls silent unless a row comes, in wall milliseconds; nil: never.
    private var idleAt: Int64?

    /// An operator with this strategy.
    public init(_ strategy: WatermarkStrategy) {
        self.strategy = strategy
        watermarks = SplitWatermarks(strategy)
    }

    /// Continues from the restored watermark: the least, if several generators were merged.
    public override func open() throws(WeirError) {
        var least: Int64?
        for element in context.restored.elements("generator") {
            let time = try element.withReader { reader throws(WeirError) in
                try reader.readInteger(as: Int64.self)
            }
            least = min(least ?? time, time)
        }
        watermarks = SplitWatermarks(strategy, from: least ?? EventTimes.minimum)
        waitForRows()
    }

    private func waitForRows() {
        guard let timeout = strategy.idleTimeoutMilliseconds else { return }
        idleAt = context.world.clock.wallMilliseconds() + timeout
    }

    /// Stamps the rows; columns are shared with other readers, times are not.
    public override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        waitForRows()
        if isIdle {
            isIdle = false
            context.output.emitControl(.status(.active))
        }
        let own = batch.withOwnTimes()
        if own.selection == nil {
            watermarks.stamp(own, 0..<own.rowCount)
        } else {
            let rows = RowSelection(own)
            for index in 0..<rows.count { watermarks.stamp(own, rows[index]..<(rows[index] + 1)) }
        }
        context.output.emit(own)
        if watermarks.watermark > emitted {
            emitted = watermarks.watermark
            context.output.emitControl(.watermark(Watermark(emitted)))
        }
        return .consumed
    }

    /// The watermarks of the input stop here.
    public override var forwardsWatermarks: Bool { false }

    /// When it is to be told that no row has come.
    public override var nextProcessingTimer: Int64? { isIdle ? nil : idleAt }

    /// Falls silent if no row has come for the idle timeout: then it holds no other back.
    public override func fireTimers(now: Int64) throws(WeirError) -> Bool {
        guard let idleAt, !isIdle, now >= idleAt else { return false }
        isIdle = true
        context.output.emitControl(.status(.idle))
        return false
    }

    /// Keeps the generator.
    public override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        var writer = ByteWriter()
        writer.append(integer: watermarks.watermark)
        snapshot.add(OperatorStateEntry("generator", .union, [writer.array]))
    }
}
