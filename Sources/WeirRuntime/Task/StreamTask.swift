import WeirControl
import WeirCore
import WeirData
import WeirOperators
import WeirPlan
import WeirState

/// One parallel instance of a vertex: a chain of operators, its inputs and outputs.
///
/// `step` moves what can be moved for a bounded time and says what it waits for. It never sleeps
/// and never locks. Belongs to one executor thread.
final class StreamTask {
    let id: TaskID
    let name: String
    let attempt: Attempt
    private let world: any World
    private let runners: [OperatorRunner]
    private let gate: InputGate?
    private let partitions: [ResultPartition]
    private let source: SourceOperator?
    private let checkpointer: SubtaskCheckpointer
    private let report: (TaskEvent.Kind) -> Void
    private let bufferTimeout: Int64
    private let droppedStates: Set<String>
    private let replayEnd: CheckpointBarrier?
    private var sourceDeadline: Int64?
    private var hasSourceFinished = false
    private var hasReportedEnd = false
    private var lastFlush: Int64 = 0
    private var lastMarker: Int64 = 0
    private var stopMode: StopMode = .running
    private(set) var metrics = TaskMetrics()

    private enum StopMode {
        case running
        case draining
        case suspended
    }

    /// Nanoseconds a step may take before others have their turn.
    private static let stepBudget: Int64 = 500_000
    /// Nanoseconds between latency markers of a source.
    private static let markerInterval: Int64 = 50_000_000

    init(
        id: TaskID,
        name: String,
        attempt: Attempt,
        world: any World,
        runners: [OperatorRunner],
        gate: InputGate?,
        partitions: [ResultPartition],
        checkpointer: SubtaskCheckpointer,
        bufferTimeout: Int64,
        droppedStates: Set<String>,
        replayEnd: CheckpointBarrier?,
        report: @escaping (TaskEvent.Kind) -> Void
    ) {
        self.id = id
        self.name = name
        self.attempt = attempt
        self.world = world
        self.runners = runners
        self.gate = gate
        self.partitions = partitions
        self.checkpointer = checkpointer
        self.bufferTimeout = bufferTimeout
        self.droppedStates = droppedStates
        self.replayEnd = replayEnd
        self.report = report
        source = runners[0].operator as? SourceOperator
        for runner in runners {
            runner.onLatency = { [unowned self] marker in
                latencies.append(self.world.clock.monotonicNanoseconds() - marker.stampedAt)
            }
        }
    }

    private var latencies: [Int64] = []

    /// Ages of the latency markers that have arrived since the last call, in nanoseconds.
    func takeLatencies() -> [Int64] {
        defer { latencies.removeAll(keepingCapacity: true) }
        return latencies
    }

    private var head: OperatorRunner { runners[0] }

    /// Opens the operators, the last first, so that each may emit into the next.
    func open() throws(WeirError) {
        for runner in runners.reversed() {
            try runner.operator.open()
            try runner.context.keyedState?.settle(dropping: droppedStates)
        }
        if let replayEnd {
            checkpointer.replay(until: replayEnd)
        } else {
            report(.running)
        }
    }

    /// Closes the operators; also after a failure.
    func close() {
        for runner in runners { runner.operator.close() }
        checkpointer.background.close()
        report(.closed)
    }

    // MARK: Stepping

    /// Moves what can be moved, for about half a millisecond at most.
    func step() throws(WeirError) -> StepOutcome {
        let start = world.clock.monotonicNanoseconds()
        let wall = world.clock.wallMilliseconds()
        var hasProgressed = false
        for partition in partitions where partition.drain() { hasProgressed = true }
        while try runRound(now: start, wall: wall) {
            hasProgressed = true
            if world.clock.monotonicNanoseconds() - start > StreamTask.stepBudget { break }
        }
        try checkpointer.step(now: start)
        if try checkpointer.maintain() { hasProgressed = true }
        checkpointer.reportCommit()
        if !hasProgressed || start - lastFlush >= bufferTimeout {
            for runner in runners { runner.flushOutputs() }
            lastFlush = start
            if !hasProgressed, runners.dropFirst().contains(where: { !$0.isIdle && !$0.isBlocked })
            {
                hasProgressed = true
            }
        }
        reportEnd()
        account(from: start, hasProgressed: hasProgressed)
        return hasProgressed ? .again : .park(until: deadline(now: start, wall: wall))
    }

    private func runRound(now: Int64, wall: Int64) throws(WeirError) -> Bool {
        var hasMoved = false
        for runner in runners.reversed() {
            while try runner.runOnce(now: wall) {
                hasMoved = true
                guard runner === head else { continue }
                // A split, or the end of the splits, may be what the source waits for.
                wakeSource()
                break
            }
        }
        return try feedHead(now: now) || hasMoved
    }

    private func feedHead(now: Int64) throws(WeirError) -> Bool {
        let isFiring = head.isFiring
        guard head.isIdle || isFiring else {
            return try takeOverdueBarriers(now: now)
        }
        var hasMoved = false
        if let gate {
            let appetite: InputGate.Appetite =
                isFiring ? .barriers : (source?.wantsInput ?? true ? .everything : .control)
            if let event = gate.next(appetite) {
                try handle(event, now: now)
                hasMoved = true
            } else if try takeOverdueBarriers(now: now) {
                hasMoved = true
            }
        }
        if let source, !hasSourceFinished, stopMode == .running, !isFiring, !head.isBlocked {
            if try poll(source, now: now) { hasMoved = true }
        }
        return hasMoved
    }

    private func handle(_ event: InputGate.Event, now: Int64) throws(WeirError) {
        switch event {
        case .element(let element, let input): head.enqueue(element, input: input)
        case .barrier(let barrier, let channel):
            try checkpointer.barrierReceived(barrier, channel: channel, now: now)
        case .overtaken(let barrier, let channel, let rows):
            try checkpointer.barrierOvertook(barrier, channel: channel, rows: rows, now: now)
        }
    }

    /// Barriers stuck behind rows past the aligned timeout overtake them.
    private func takeOverdueBarriers(now: Int64) throws(WeirError) -> Bool {
        guard let gate, let event = gate.takeOverdue(triggeredBefore: checkpointer.overdue(now))
        else { return false }
        try handle(event, now: now)
        return true
    }

    private func poll(_ source: SourceOperator, now: Int64) throws(WeirError) -> Bool {
        if checkpointer.isHeadReplaying { return false }
        if let sourceDeadline, sourceDeadline > now { return false }
        sourceDeadline = nil
        if now - lastMarker >= StreamTask.markerInterval {
            lastMarker = now
            let marker = LatencyMarker(stampedAt: now, source: UInt32(id.vertex))
            for output in head.context.outputs { output.emitControl(.latencyMarker(marker)) }
        }
        switch try source.poll() {
        case .ready: return true
        case .waiting(let until):
            sourceDeadline = until ?? .max
            return false
        case .finished:
            finishSource()
            return true
        }
    }

    private func finishSource() {
        hasSourceFinished = true
        head.finishSource()
    }

    /// An element or message may have given the source something to do.
    func wakeSource() {
        sourceDeadline = nil
    }

    /// Stops the source: drained as if its input had ended, or suspended where it is.
    func stopSource(drain: Bool) {
        guard source != nil, !hasSourceFinished else { return }
        stopMode = drain ? .draining : .suspended
        if drain { finishSource() }
        hasSourceFinished = true
    }

    private func reportEnd() {
        guard !hasReportedEnd else { return }
        let hasEnded = stopMode == .suspended || runners.allSatisfy { $0.hasEnded && $0.isIdle }
        guard hasEnded else { return }
        hasReportedEnd = true
        // Its last counters, since the job may be over before they are due.
        report(.metrics(currentMetrics()))
        report(.ended)
    }

    private func deadline(now: Int64, wall: Int64) -> Int64? {
        var earliest = checkpointer.deadline
        for runner in runners {
            if let timer = runner.operator.nextProcessingTimer {
                let at = now + max(1, timer - wall) * 1_000_000
                earliest = min(earliest ?? at, at)
            }
        }
        if let sourceDeadline, sourceDeadline != .max, !hasSourceFinished {
            earliest = min(earliest ?? sourceDeadline, sourceDeadline)
        }
        return earliest
    }

    // MARK: Messages

    /// Draws the line of a checkpoint at the source.
    func trigger(_ barrier: CheckpointBarrier) throws(WeirError) {
        guard barrier.attempt == attempt else { return }
        try checkpointer.triggered(barrier)
    }

    /// Commits what a durable checkpoint allows.
    func checkpointCompleted(_ checkpoint: CheckpointID) throws(WeirError) {
        try checkpointer.completed(checkpoint)
    }

    /// Forgets a checkpoint.
    func checkpointAborted(_ checkpoint: CheckpointID) throws(WeirError) {
        try checkpointer.aborted(checkpoint)
    }

    /// Background work has ended; see `BackgroundTable`.
    func backgroundDone(token: Int, error: WeirError?) throws(WeirError) {
        try checkpointer.background.finish(token: token, error: error)
    }

    // MARK: Accounting

    private func account(from start: Int64, hasProgressed: Bool) {
        let spent = world.clock.monotonicNanoseconds() - start
        if hasProgressed {
            metrics.busyNanoseconds += spent
            metrics.longestStepNanoseconds = max(metrics.longestStepNanoseconds, spent)
        }
    }

    /// Adds the time for which the executor slept to what the task was waiting for.
    func slept(_ nanoseconds: Int64) {
        if head.isBlocked || runners.contains(where: { !$0.isIdle && $0.isBlocked }) {
            metrics.backpressuredNanoseconds += nanoseconds
        } else {
            metrics.idleNanoseconds += nanoseconds
        }
    }

    /// The counters, brought up to date.
    func currentMetrics() -> TaskMetrics {
        metrics.rowsIn = head.context.metrics.rowsIn
        if source != nil { metrics.rowsIn = head.context.outputs.first?.rowsOut ?? 0 }
        metrics.rowsOut = runners.last?.context.outputs.reduce(0) { $0 + $1.rowsOut } ?? 0
        metrics.rowsLate = runners.reduce(0) { $0 + $1.context.metrics.rowsLate }
        metrics.recordsMalformed = runners.reduce(0) { $0 + $1.context.metrics.recordsMalformed }
        metrics.watermark = head.context.watermark
        metrics.channelWatermarks = gate?.channels.map(\.watermark) ?? []
        metrics.queuedBatches = gate?.queuedElements ?? 0
        metrics.progress = head.context.metrics.progress
        return metrics
    }
}
