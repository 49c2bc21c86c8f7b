import WeirCore
import WeirData
import WeirOperators

/// Drives one operator of a task: its inbox, the batch at hand, timers in the firing, barriers.
///
/// It remembers where the operator stopped, so that a full output or a barrier may come between any
/// two rows or timers.
final class OperatorRunner: OutputTarget {
    /// What the operator is in the middle of.
    private enum Cursor {
        case none
        case batch(Batch, position: Int, input: Int)
        /// Timers up to this watermark are being fired; it is forwarded after them.
        case firing(Watermark)
    }

    let node: Int
    let `operator`: Operator
    let context: OperatorContext
    /// Called when a barrier has reached the operator in the order of the stream.
    var onBarrier: ((OperatorRunner, CheckpointBarrier) throws(WeirError) -> Void)?
    /// Called with the age of each latency marker that ends here.
    var onLatency: ((LatencyMarker) -> Void)?
    private(set) var hasEnded = false
    private var inbox = ElementQueue()
    private var cursor = Cursor.none
    private var openInputs: Set<Int>
    private let isSource: Bool
    private let isEndOfPath: Bool

    /// Batches that may wait in the inbox of a chained operator.
    static let inboxLimit = 2

    init(node: Int, operator: Operator, context: OperatorContext, inputCount: Int) {
        self.node = node
        self.operator = `operator`
        self.context = context
        openInputs = Set(0..<inputCount)
        isSource = `operator` is SourceOperator
        isEndOfPath = context.outputs.allSatisfy(\.isUnread)
        // After a restore in the middle of firing, the timers that were due are due again.
        if context.watermark > EventTimes.minimum, !isSource {
            cursor = .firing(Watermark(context.watermark))
        }
    }

    // MARK: OutputTarget

    var isFull: Bool { inbox.batchCount >= OperatorRunner.inboxLimit }

    func take(_ element: StreamElement) { enqueue(element, input: 0) }

    func flush() {}

    func enqueue(_ element: StreamElement, input: Int) {
        if case .barrier(let barrier) = element, barrier.isUnaligned { return }
        inbox.append(element, input: input)
    }

    // MARK: Running

    /// Whether nothing waits here.
    var isIdle: Bool {
        guard inbox.isEmpty, case .none = cursor else { return false }
        return true
    }

    /// Whether timers of a watermark are being fired; only barriers may pass meanwhile.
    var isFiring: Bool {
        if case .firing = cursor { return true }
        return false
    }

    /// Whether an output has no room.
    var isBlocked: Bool { context.outputs.contains { $0.isFull } }

    /// Does one piece of work: an element, a part of a batch, a slice of timers.
    ///
    /// Returns false if there is nothing to do or no room to do it.
    func runOnce(now: Int64) throws(WeirError) -> Bool {
        switch cursor {
        case .batch(let batch, let position, let input):
            if isBlocked { return false }
            cursor = .none
            try process(batch, from: position, input: input)
            return true
        case .firing(let watermark):
            if try passBarrier() { return true }
            if isBlocked { return false }
            if try !`operator`.fireTimers(now: now) {
                cursor = .none
                forward(watermark)
            }
            return true
        case .none:
            if let due = `operator`.nextProcessingTimer, due <= now, !isBlocked {
                _ = try `operator`.fireTimers(now: now)
                return true
            }
            return try takeNext()
        }
    }

    private func forward(_ watermark: Watermark) {
        if watermark == .end { return forward(.watermark(watermark)) }
        guard `operator`.forwardsWatermarks else { return }
        let lag = `operator`.watermarkLagMilliseconds
        let (time, isBelowAll) = watermark.time.subtractingReportingOverflow(lag)
        forward(.watermark(Watermark(isBelowAll ? .min : time)))
    }

    private func passBarrier() throws(WeirError) -> Bool {
        guard case .barrier(let barrier)? = inbox.next?.element else { return false }
        _ = inbox.pop()
        try onBarrier?(self, barrier)
        return true
    }

    private func takeNext() throws(WeirError) -> Bool {
        guard let next = inbox.next else { return false }
        if case .batch = next.element, isBlocked { return false }
        guard let (element, input) = inbox.pop() else { return false }
        switch element {
        case .batch(let batch):
            context.metrics.rowsIn += Int64(batch.count)
            try process(batch, from: 0, input: input)
        case .watermark(let watermark): try advance(to: watermark)
        case .status: forward(element)
        case .barrier(let barrier): try onBarrier?(self, barrier)
        case .latencyMarker(let marker):
            if isEndOfPath { onLatency?(marker) } else { forward(element) }
        case .endOfInput: try end(input)
        }
        return true
    }

    private func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) {
        let outcome = try `operator`.process(batch, from: position, input: input)
        if case .suspended(let next) = outcome {
            cursor = .batch(batch, position: next, input: input)
        }
    }

    private func advance(to watermark: Watermark) throws(WeirError) {
        guard !isSource, watermark.time > context.watermark else { return }
        context.setWatermark(watermark.time)
        try `operator`.advanceWatermark(to: watermark)
        cursor = .firing(watermark)
    }

    private func end(_ input: Int) throws(WeirError) {
        guard openInputs.remove(input) != nil else { return }
        try `operator`.endInput(input)
        if openInputs.isEmpty, !isSource { finish() }
    }

    /// The source has no more rows: time ends, then the input.
    func finishSource() {
        forward(.watermark(.end))
        finish()
    }

    private func finish() {
        hasEnded = true
        forward(.endOfInput)
    }

    private func forward(_ element: StreamElement) {
        for output in context.outputs { output.emitControl(element) }
    }

    /// Sends a barrier on, behind what was emitted before it.
    func forwardBarrier(_ barrier: CheckpointBarrier) { forward(.barrier(barrier)) }

    /// Hands on rows that wait to fill a batch.
    func flushOutputs() {
        for output in context.outputs { output.flush() }
    }

    // MARK: Unaligned checkpoints

    /// The rows that wait here: the unread rest of the batch at hand, then the inbox's batches.
    ///
    /// Rows behind the checkpoint's barrier, should it wait in the inbox, are not part of it.
    /// Control elements are left out: watermarks come again from the restored sources.
    func pendingRows(before checkpoint: CheckpointID) -> [(batch: Batch, input: Int)] {
        var rows: [(batch: Batch, input: Int)] = []
        if case .batch(let batch, let position, let input) = cursor {
            rows.append((batch.dropping(first: position), input))
        }
        for (element, input) in inbox.waiting {
            if case .barrier(let barrier) = element, barrier.checkpoint == checkpoint { break }
            if case .batch(let batch) = element { rows.append((batch, input)) }
        }
        return rows
    }

    /// Forgets a barrier that waits in the inbox, since an overtaking cut has done its work.
    func dropWaitingBarrier(_ checkpoint: CheckpointID) { inbox.removeBarrier(of: checkpoint) }
}
