import WeirCore
import WeirData
import WeirState

/// Runs a process function: rows in the order of arrival, timers in the order of their times.
public final class KeyedProcess: KeyedOperator {
    private let makeKernels: ProcessKernelFactory
    private var kernels = ProcessKernels(rows: [], timer: { _, _ in })
    private var core: ProcessCore?
    private var eventTimers: TimerQueue?
    private var processingTimers: TimerQueue?
    private var broadcasts: [BroadcastCell] = []

    /// Timers that fire between two looks at the clock of the runner.
    public static let timersPerSlice = 512

    /// An operator with keys on its first inputs; further ones are broadcast.
    public init(_ keyFields: [KeyFields], _ makeKernels: @escaping ProcessKernelFactory) {
        self.makeKernels = makeKernels
        super.init(keyFields)
    }

    /// Makes the user's function, which registers its states.
    public override func registerStates() throws(WeirError) {
        let event = TimerQueue(try sortedState("timers", .timers), layout)
        let processing = TimerQueue(try sortedState("processing-timers", .timers), layout)
        eventTimers = event
        processingTimers = processing
        let core = ProcessCore(self, event: event, processing: processing)
        self.core = core
        let states = KeyedStates(self)
        kernels = try makeKernels(states, core)
        broadcasts = states.broadcasts
    }

    /// Restores timers and broadcast states.
    public override func open() throws(WeirError) {
        try super.open()
        eventTimers?.prepare()
        processingTimers?.prepare()
        for cell in broadcasts { try cell.restore(context) }
    }

    /// Gives each row to the function; stops between rows when the output is full.
    public override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        guard let core else { preconditionFailure("\(context.name) is not open") }
        let rows = RowSelection(batch, from: position)
        let isKeyed = input < keyFields.count
        let keys = isKeyed ? extractKeys(batch, rows, input: input) : nil
        let columns = batch.columnReferences
        let kernel = kernels.rows[input]
        key.setTimes(watermark: context.watermark, processingTime: wallMilliseconds)
        for index in 0..<rows.count {
            if index > 0, isOutputFull { return .suspended(at: position + index) }
            let row = rows[index]
            if let keys { key.set(keys.key(index), hash: keys.hashes[index]) }
            core.setTimes(
                columns[-1].load(row, as: Int64.self),
                splitWatermark: columns[-2].load(row, as: Int64.self)
            )
            kernel(columns, row)
            try key.check()
        }
        return .consumed
    }

    private var isOutputFull: Bool {
        for output in context.outputs where output.isFull { return true }
        return false
    }

    /// Fires due timers, a bounded number.
    public override func fireTimers(now: Int64) throws(WeirError) -> Bool {
        key.setTimes(watermark: context.watermark, processingTime: now)
        if try fire(eventTimers, upTo: context.watermark, .eventTime) { return true }
        return try fire(processingTimers, upTo: now, .processingTime)
    }

    private func fire(
        _ queue: TimerQueue?,
        upTo time: Int64,
        _ domain: TimeDomain
    ) throws(WeirError) -> Bool {
        guard let queue, let core else { return false }
        return try queue.fire(
            upTo: time,
            limit: KeyedProcess.timersPerSlice,
            while: !isOutputFull
        ) { timer throws(WeirError) in
            moveTo(timer.key)
            core.setTimes(
                domain == .eventTime ? timer.time : .min,
                splitWatermark: EventTimes.minimum
            )
            kernels.timer(timer.time, domain)
            try key.check()
        }
    }

    /// The earliest processing-time timer.
    public override var nextProcessingTimer: Int64? { processingTimers?.next }

    /// Keeps timers and broadcast states.
    public override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        for cell in broadcasts { cell.snapshot(snapshot) }
    }
}
