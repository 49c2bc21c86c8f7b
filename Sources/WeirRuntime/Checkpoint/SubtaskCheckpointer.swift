import WeirControl
import WeirCore
import WeirData
import WeirOperators
import WeirPlan
import WeirSnapshot
import WeirState

/// Takes a task's part of a checkpoint: alignment, the cut, the background part, the answer.
///
/// Aligned first: the barrier goes through the operators in the order of the stream. Where it is
/// stuck past the aligned timeout it overtakes: all operators are cut at once, and the rows that wait
/// in inboxes, channels and partitions go into the snapshot.
final class SubtaskCheckpointer {
    let background: BackgroundTable
    private let world: any World
    private let task: TaskID
    private let attempt: Attempt
    private let runners: [OperatorRunner]
    private let backends: [KeyedStateBackend]
    private let gate: InputGate?
    private let partitions: [OutgoingEdge]
    private let writer: SnapshotWriter
    private let alignedTimeout: Int64
    private let report: (TaskEvent.Kind) -> Void
    private var aligner: BarrierAligner?
    private var pending: PendingSnapshot?
    private var latest = CheckpointID.none

    /// A result partition and the operator and input that it leads to.
    struct OutgoingEdge {
        let partition: ResultPartition
        let targetID: OperatorID
    }

    init(
        world: any World,
        task: TaskID,
        attempt: Attempt,
        runners: [OperatorRunner],
        gate: InputGate?,
        partitions: [OutgoingEdge],
        writer: SnapshotWriter,
        background: BackgroundTable,
        alignedTimeout: Int64,
        report: @escaping (TaskEvent.Kind) -> Void
    ) {
        self.world = world
        self.task = task
        self.attempt = attempt
        self.runners = runners
        backends = runners.compactMap(\.context.keyedState)
        self.gate = gate
        self.partitions = partitions
        self.writer = writer
        self.background = background
        self.alignedTimeout = alignedTimeout
        self.report = report
        aligner = gate.map {
            BarrierAligner(
                channelCount: $0.channels.count,
                attempt: attempt,
                alignedTimeout: alignedTimeout
            )
        }
        gate?.onRecordedRows = { [unowned self] channel, batch in record(batch, channel: channel) }
        for runner in runners {
            runner.onBarrier = { [unowned self] runner, barrier throws(WeirError) in
                try reached(runner, barrier)
            }
        }
    }

    // MARK: Rows in flight at the restored checkpoint

    /// Operators whose rows in flight may not have been taken yet, by node.
    private var replaying: Set<Int> = []

    /// Whether the head operator still has such rows, or may get some; a source waits for it.
    var isHeadReplaying: Bool { replaying.contains(runners[0].node) }

    /// The operators have rows in flight before them, which `end` follows; tasks without inputs
    /// begin it.
    func replay(until end: CheckpointBarrier) {
        replaying = Set(runners.map(\.node))
        if gate == nil { runners[0].enqueue(.barrier(end), input: 0) }
    }

    private func replayed(_ runner: OperatorRunner, _ end: CheckpointBarrier) {
        runner.forwardBarrier(end)
        replaying.remove(runner.node)
        // Checkpoints begin when all tasks run: none has to tell old rows in flight from new ones.
        if replaying.isEmpty { report(.running) }
    }

    // MARK: Barriers

    /// The coordinator asks a task without inputs to draw the line.
    func triggered(_ barrier: CheckpointBarrier) throws(WeirError) {
        guard barrier.attempt == attempt, barrier.checkpoint > latest else { return }
        try begin(barrier)
        pending?.isAligned = true
        runners[0].enqueue(.barrier(barrier), input: 0)
    }

    /// A barrier came in order on a channel.
    func barrierReceived(
        _ barrier: CheckpointBarrier,
        channel: Int,
        now: Int64
    ) throws(WeirError) {
        guard barrier.attempt == attempt else { return }
        try perform(aligner?.barrierReceived(channel: channel, barrier, now: now) ?? [])
    }

    /// A barrier overtook `rows` on a channel.
    func barrierOvertook(
        _ barrier: CheckpointBarrier,
        channel: Int,
        rows: [Batch],
        now: Int64
    ) throws(WeirError) {
        guard barrier.attempt == attempt else { return }
        let actions = aligner?.barrierReceived(channel: channel, barrier.unaligned, now: now) ?? []
        try perform(actions) {
            // The rows before a barrier that is of no interest any more are none of a snapshot.
            guard !actions.isEmpty else { return }
            for batch in rows { record(batch, channel: channel) }
        }
    }

    /// Barriers triggered before this moment may overtake.
    func overdue(_ now: Int64) -> Int64 { now - alignedTimeout }

    /// When `step` has something to do because of time.
    var deadline: Int64? {
        if let aligning = aligner?.deadline { return aligning }
        guard let pending, !pending.isUnaligned, pending.barrier.mayOvertake else {
            return nil
        }
        return pending.barrier.triggeredAt + alignedTimeout
    }

    /// Overtakes if the aligned timeout has passed; serialises frozen state.
    func step(now: Int64) throws(WeirError) {
        if let aligning = aligner?.deadline, now >= aligning {
            try perform(aligner?.timeoutReached(now: now) ?? [])
        }
        guard let pending else { return }
        if !pending.isUnaligned, pending.barrier.mayOvertake,
            now >= pending.barrier.triggeredAt &+ alignedTimeout,
            !pending.remaining.isEmpty || partitions.contains(where: \.partition.holdsBarrier)
        {
            try cut()
        } else {
            // A barrier that was stuck may have gone.
            try finishIfWhole()
        }
    }

    /// Whether the barrier waits behind rows on its way out, and may still overtake them.
    private func isStuck(_ pending: PendingSnapshot) -> Bool {
        !pending.isUnaligned && pending.barrier.mayOvertake
            && partitions.contains(where: \.partition.holdsBarrier)
    }

    private func perform(
        _ actions: [BarrierAligner.Action],
        afterCut: () -> Void = {}
    ) throws(WeirError) {
        for action in actions {
            switch action {
            case .block(let channel): gate?.block(channel)
            case .unblockAll: gate?.unblockAll()
            case .snapshotAligned(let barrier) where barrier.purpose == .replayEnd:
                runners[0].enqueue(.barrier(barrier), input: 0)
            case .snapshotAligned(let barrier):
                try begin(barrier)
                pending?.isAligned = true
                runners[0].enqueue(.barrier(barrier), input: 0)
            case .overtake(let barrier, let recording):
                try begin(barrier)
                for channel in recording { gate?.setRecording(channel, true) }
                try cut()
            case .channelRecorded: break
            case .complete: pending?.isAligned = true
            case .abort(let checkpoint): try aborted(checkpoint)
            }
        }
        afterCut()
        for case .channelRecorded(let channel) in actions { gate?.setRecording(channel, false) }
        try finishIfWhole()
    }

    private func begin(_ barrier: CheckpointBarrier) throws(WeirError) {
        guard pending?.barrier.checkpoint != barrier.checkpoint else { return }
        if let pending { try aborted(pending.barrier.checkpoint) }
        latest = barrier.checkpoint
        if barrier.completed > .none {
            // The message may still be on its way; sinks wait for it.
            for backend in backends { backend.checkpointCompleted(barrier.completed) }
        }
        pending = PendingSnapshot(
            barrier: barrier,
            startedAt: world.clock.monotonicNanoseconds(),
            remaining: Set(runners.map(\.node)),
            isAligned: false
        )
        report(.reached(barrier.checkpoint, .aligning))
    }

    // MARK: The cut

    /// An aligned barrier has come to an operator in the order of the stream.
    private func reached(
        _ runner: OperatorRunner,
        _ barrier: CheckpointBarrier
    ) throws(WeirError) {
        if barrier.purpose == .replayEnd {
            replayed(runner, barrier)
            return
        }
        guard barrier.checkpoint == pending?.barrier.checkpoint else { return }
        try snapshot(runner)
        runner.forwardBarrier(barrier)
        try finishIfWhole()
    }

    /// Cuts all operators that the barrier has not reached, and sends it on ahead of waiting rows.
    private func cut() throws(WeirError) {
        guard let barrier = pending?.barrier.unaligned else { return }
        pending?.isUnaligned = true
        for runner in runners where pending?.remaining.contains(runner.node) == true {
            for (batch, input) in runner.pendingRows(before: barrier.checkpoint) {
                record(batch, runner.context, input: input, order: 0)
            }
            runner.dropWaitingBarrier(barrier.checkpoint)
            try snapshot(runner)
            runner.flushOutputs()
        }
        for edge in partitions {
            for (target, batch) in edge.partition.overtake(barrier) {
                pending?.recorder.record(
                    batch,
                    InFlightRecorder.Address(
                        operatorID: edge.targetID,
                        subtask: target,
                        input: edge.partition.edge.input,
                        order: InFlightRecorder.firstSenderOrder + task.vertex << 10
                            + task.subtask
                    )
                )
            }
        }
        try finishIfWhole()
    }

    private func snapshot(_ runner: OperatorRunner) throws(WeirError) {
        guard let barrier = pending?.barrier else { return }
        let collector = StateSnapshotContext(barrier)
        try runner.operator.snapshot(collector)
        if let backend = runner.context.keyedState {
            try backend.freeze(barrier.checkpoint, at: expiryClock(runner))
            pending?.serialising.append((runner.context.operatorID, backend))
        }
        var blobs = collector.entries.map(StateEntryCodec.encode)
        blobs.append(StateEntryCodec.encode(watermark: runner.context.watermark))
        pending?.parts.append(
            PendingSnapshot.Part(
                node: runner.node,
                operatorID: runner.context.operatorID,
                blobs: blobs
            )
        )
        pending?.backgroundWork += collector.backgroundWork
        pending?.remaining.remove(runner.node)
        pending?.cutAt = world.clock.monotonicNanoseconds()
        if pending?.remaining.isEmpty == true { report(.reached(barrier.checkpoint, .serialising)) }
    }

    private func record(_ batch: Batch, channel: Int) {
        guard let gate else { return }
        record(
            batch,
            runners[0].context,
            input: gate.channels[channel].input,
            order: 1 + channel
        )
    }

    private func record(_ batch: Batch, _ context: OperatorContext, input: Int, order: Int) {
        pending?.recorder.record(
            batch,
            InFlightRecorder.Address(
                operatorID: context.operatorID,
                subtask: context.subtask.index,
                input: input,
                order: order
            )
        )
    }

    // MARK: The answer

    /// Goes on to the background part once every barrier has come and all state is serialised.
    private func finishIfWhole() throws(WeirError) {
        guard let pending, pending.isAligned, pending.remaining.isEmpty,
            pending.serialising.isEmpty, !isStuck(pending)
        else { return }
        self.pending = nil
        let finished = finishedCut(of: pending)
        let checkpoint = pending.barrier.checkpoint
        report(.reached(checkpoint, .storing))
        let result = SnapshotResult()
        #if Sabotage
        let isLate = Sabotage.acknowledgeBeforeUpload.isActive
        let writer = isLate ? self.writer.late(world) : self.writer
        #endif
        background.run { [writer, world] () throws(WeirError) in
            result.set(try writer.write(finished, world: world))
        } _: { [weak self] error throws(WeirError) in
            if let error {
                self?.report(.declined(checkpoint, error))
            } else if let written = result.value {
                self?.stored(written, checkpoint)
            }
        }
    }

    private func stored(_ written: WrittenSnapshot, _ checkpoint: CheckpointID) {
        for (operatorID, snapshot) in written.keyed {
            for runner in runners where runner.context.operatorID == operatorID {
                runner.context.keyedState?.uploadFinished(snapshot)
            }
        }
        report(.acknowledged(checkpoint, written.snapshot))
    }

    private func finishedCut(of pending: PendingSnapshot) -> FinishedCut {
        FinishedCut(
            barrier: pending.barrier,
            task: task,
            parts: pending.parts.map { part in
                FinishedCut.Part(
                    operatorID: part.operatorID,
                    subtask: task.subtask,
                    blobs: part.blobs,
                    upload: pending.uploads.first { $0.operatorID == part.operatorID }?.upload
                )
            },
            records: pending.recorder.records,
            backgroundWork: pending.backgroundWork,
            alignmentNanoseconds: pending.cutAt - pending.startedAt,
            cutAt: pending.cutAt,
            isUnaligned: pending.isUnaligned
        )
    }

    // MARK: Keyed state between steps

    /// Nanoseconds that keyed state may take of a step: serialising, eviction, expiry, loading.
    private static let maintenanceBudget: Int64 = 200_000
    /// The same while restored state is not all in memory, which slows every batch down.
    private static let loadingBudget: Int64 = 2_000_000

    /// The clocks by which an operator's state expires.
    private func expiryClock(_ runner: OperatorRunner) -> StateClock {
        StateClock(
            processingTime: world.clock.wallMilliseconds(),
            watermark: runner.context.watermark
        )
    }

    /// Does a slice of what keyed state has to do; returns whether more is due at once.
    func maintain() throws(WeirError) -> Bool {
        guard !backends.isEmpty else { return false }
        let clock = world.clock
        let budget =
            backends.contains { $0.isLoading }
            ? SubtaskCheckpointer.loadingBudget : SubtaskCheckpointer.maintenanceBudget
        let end = clock.monotonicNanoseconds() + budget
        var isMoreDue = false
        for runner in runners {
            guard let backend = runner.context.keyedState else { continue }
            // Not a constant closure: that would be taken from the heap at each step.
            let isLeft = try backend.maintain(at: expiryClock(runner)) {
                clock.monotonicNanoseconds() >= end
            }
            if isLeft { isMoreDue = true }
        }
        try collectUploads { clock.monotonicNanoseconds() >= end }
        return isMoreDue
    }

    /// Takes over what has been serialised.
    private func collectUploads(_ isOver: () -> Bool) throws(WeirError) {
        guard let serialising = pending?.serialising, !serialising.isEmpty else { return }
        for (operatorID, backend) in serialising {
            guard try backend.serialiseSlice(until: isOver), let upload = backend.takeUpload()
            else { return }
            pending?.uploads.append((operatorID, upload))
            pending?.serialising.removeFirst()
        }
        try finishIfWhole()
    }

    // MARK: The end of a checkpoint

    /// The checkpoint is durable.
    func completed(_ checkpoint: CheckpointID) throws(WeirError) {
        for backend in backends { backend.checkpointCompleted(checkpoint) }
        for runner in runners { try runner.operator.checkpointCompleted(checkpoint) }
        awaitingCommit = checkpoint
        reportCommit()
    }

    private var awaitingCommit: CheckpointID?

    /// Reports a commit once no operator has work under way for it.
    func reportCommit() {
        guard let checkpoint = awaitingCommit,
            !runners.contains(where: { $0.operator.hasPendingWork })
        else { return }
        awaitingCommit = nil
        report(.committed(checkpoint))
    }

    /// The checkpoint will never complete.
    func aborted(_ checkpoint: CheckpointID) throws(WeirError) {
        if pending?.barrier.checkpoint == checkpoint {
            pending = nil
            gate?.stopRecording()
            try perform(aligner?.aborted(checkpoint) ?? [])
        }
        for backend in backends { backend.checkpointAborted(checkpoint) }
        for runner in runners { try runner.operator.checkpointAborted(checkpoint) }
    }
}
