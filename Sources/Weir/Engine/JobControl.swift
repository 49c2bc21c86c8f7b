import Histogram
import WeirCore
import WeirJobManager
import WeirPlan
import WeirRuntime
import WeirSnapshot
import WeirState

/// Drives one job from its start to its end: attempts, checkpoints, restarts, status.
///
/// Runs on a thread of its own. Decisions are made by `CheckpointCoordinator` and `RestartPolicy`,
/// which are pure; this class carries events to them and does what they say.
final class JobControl: Steppable {
    /// What happens to a job.
    enum Event: Sendable {
        case task(TaskEvent)
        case published(CheckpointID)
        case publishFailed(CheckpointID, WeirError)
        case cleaned
        case stop(drain: Bool)
        case savepoint(Checkpointing.SavepointAnswer)
    }

    private enum Phase {
        case starting(at: Int64)
        case running
        /// The slots have ended; manifests and clean-ups may be under way.
        case ending(JobOutcome)
        case ended
    }

    let world: any World
    /// What the job holds in this process.
    let job: JobScope
    private let program: Program
    private let graph: JobGraph
    private let start: JobStart
    private let queue: EventQueue<Event>
    private let result: JobResult
    private let isTemporary: Bool
    private let onStatus: @Sendable (JobStatus) -> Void
    let onNotice: @Sendable (String) -> Void
    private let startedAt: Int64
    /// Publishing and cleaning up.
    private let background: BackgroundGroup
    private var phase = Phase.starting(at: 0)
    private var slots: SlotGroup?
    private var restartPolicy: RestartPolicy
    private var fallbackPolicy: FallbackPolicy
    /// Ends the making of a fallback copy early.
    private let copying = Cancellation()
    private var latencies = Histogram<UInt64>(
        highestTrackableValue: 3_600_000_000_000,
        numberOfSignificantValueDigits: .two
    )
    private var lastStatus: Int64 = 0
    private var attempt = Attempt(0)
    /// Attempts of this process.
    private var attempts = 0
    private var status = JobStatus()
    private lazy var checkpointing = Checkpointing(
        control: self,
        graph: graph,
        settings: start.options.settings
    )

    init(
        world: any World,
        program: Program,
        graph: JobGraph,
        start: JobStart,
        queue: EventQueue<Event>,
        result: JobResult,
        isTemporary: Bool,
        onStatus: @escaping @Sendable (JobStatus) -> Void,
        onNotice: @escaping @Sendable (String) -> Void
    ) {
        self.world = world
        job = JobScope(start.directory.jobID)
        self.program = program
        self.graph = graph
        self.start = start
        self.queue = queue
        self.result = result
        self.isTemporary = isTemporary
        self.onStatus = onStatus
        self.onNotice = onNotice
        startedAt = world.clock.monotonicNanoseconds()
        background = BackgroundGroup(threads: world.threads, clock: world.clock)
        restartPolicy = RestartPolicy(start.options.settings)
        fallbackPolicy = FallbackPolicy(
            interval: isTemporary ? .zero : start.options.settings.fallbackInterval
        )
    }

    // MARK: Stepping

    func step() -> StepOutcome {
        let now = world.clock.monotonicNanoseconds()
        for event in queue.takeAll() { handle(event) }
        if case .starting(let at) = phase, now >= at, !checkpointing.isBusy { deploy() }
        if case .running = phase { checkpointing.timePassed(now) }
        if case .ending(let outcome) = phase { finish(outcome) }
        reportStatus(now)
        switch phase {
        case .ended: return .finished
        case .ending: return .again
        case .starting(let at): return .park(until: checkpointing.isBusy ? nil : at)
        case .running:
            let status = lastStatus + JobControl.statusInterval
            return .park(until: min(status, checkpointing.deadline ?? .max))
        }
    }

    /// Nanoseconds between reports of the status.
    private static let statusInterval: Int64 = 100_000_000

    private func handle(_ event: Event) {
        switch phase {
        case .ending, .ended: return handleAfterEnd(event)
        case .starting, .running: break
        }
        switch event {
        case .task(let event): handle(event)
        case .published(let checkpoint): checkpointing.published(checkpoint, nil)
        case .publishFailed(let checkpoint, let error): checkpointing.published(checkpoint, error)
        case .cleaned: checkpointing.cleaned()
        case .stop(let drain):
            if slots == nil { end(.suspended) } else { checkpointing.stop(drain: drain) }
        case .savepoint(let answer): checkpointing.savepoint(answer)
        }
    }

    private func handleAfterEnd(_ event: Event) {
        switch event {
        case .savepoint(let answer):
            answer(.failure(WeirError(.checkpointFailed, "The job has ended.")))
        case .cleaned: checkpointing.cleaned()
        case .task, .published, .publishFailed, .stop: break
        }
    }

    private func handle(_ event: TaskEvent) {
        guard event.attempt == attempt, case .running = phase else { return }
        switch event.kind {
        case .failed(let error): fail(error)
        case .metrics(let metrics): status.tasks[event.task] = metrics
        case .latencies(let ages): for age in ages { latencies.record(UInt64(max(0, age))) }
        default: checkpointing.taskTold(event.kind, event.task)
        }
    }

    // MARK: Attempts

    private func deploy() {
        do throws(WeirError) {
            attempt = try start.nextAttempt()
            let chosen = try start.choose(
                isFirstAttempt: attempts == 0,
                attempt: attempt,
                notice: onNotice
            )
            attempts += 1
            var restored: RestoredJob?
            if let chosen {
                restartPolicy.restored()
                restored = try RestoredJob(
                    chosen,
                    for: graph,
                    dropped: start.options.droppedStates
                )
                status.lastCheckpoint = chosen.checkpoint
            }
            if attempts == 1 {
                try GivenUpStates(directory: start.directory.path, files: world.files)
                    .settle(start.options.droppedStates, restoring: restored, notice: onNotice)
            }
            if let checkpoint = restored?.checkpoint {
                onNotice("going on from checkpoint \(checkpoint) of \(start.directory.path)")
            }
            fallbackPolicy.attemptStarted(
                hasCopy: try start.directory.fallback.exists(),
                now: world.clock.monotonicNanoseconds()
            )
            checkpointing.attemptStarted(attempt, highest: try start.highestID())
            let deployment = makeDeployment(restored: restored)
            status.tasks = [:]
            let queue = self.queue
            slots = SlotGroup(deployment, world: world) { queue.post(.task($0)) }
            phase = .running
        } catch {
            slots = nil
            fail(error)
        }
    }

    private func makeDeployment(restored: RestoredJob?) -> JobDeployment {
        let settings = start.options.settings
        let memory = MemoryShares(of: Int(settings.memory.bytes))
        SegmentSlabs.limit(bytes: memory.keptSegments)
        return JobDeployment(
            graph: graph,
            factories: program.factories,
            job: job,
            attempt: attempt,
            restored: restored,
            store: start.directory.store,
            dataDirectory: start.directory.path,
            batchCapacity: settings.batchCapacity,
            bufferTimeout: settings.bufferTimeout.wholeNanoseconds,
            alignedTimeout: settings.alignedCheckpointTimeout.wholeNanoseconds,
            images: start.options.images
                ?? RocksDBImageFactory(
                    files: world.files,
                    cacheBytes: memory.blockCache,
                    sortBytes: memory.sortRun
                ),
            keyedStateMemory: memory.keyedState,
            statePolicy: settings.statePolicy,
            droppedStates: start.options.droppedStates
        )
    }

    /// Stops the attempt; starts another one or gives up, as the restart policy says.
    func fail(_ error: WeirError) {
        stopSlots()
        checkpointing.attemptFailed(error)
        if case .ending = phase { return }
        let now = world.clock.monotonicNanoseconds()
        switch restartPolicy.failed(error, now: now) {
        case .fail: end(.failed(error))
        case .restart(let longest):
            // Who wants the job to end does not wait for long.
            let wait = checkpointing.isStopping ? min(longest, 1_000_000_000) : longest
            status.restarts += 1
            onNotice("\(error)\n  the job starts again in \(wait / 1_000_000) ms")
            phase = .starting(at: now + wait)
        }
    }

    /// The job was to be stopped, and its last checkpoint failed too often.
    func stopFailed(_ failures: Int, _ error: WeirError) {
        let failure = StopFailure(
            failures: failures,
            cause: error,
            lastCompleted: status.lastCheckpoint,
            isTemporary: isTemporary
        )
        end(.failed(failure.error))
    }

    /// A checkpoint is complete: errors before it do not count any more.
    func progressed(_ checkpoint: CheckpointID) {
        status.lastCheckpoint = checkpoint
        restartPolicy.progressed()
        do throws(WeirError) {
            try start.directory.noteCompleted()
            if start.options.isFresh { try start.directory.dropAside() }
        } catch {
            onNotice("it could not be noted that checkpoints exist: \(error)")
        }
    }

    /// Sends a message to all slots of the attempt.
    func broadcast(_ message: SlotMailbox.Message) { slots?.broadcast(message) }

    /// Has tasks draw the line of a checkpoint.
    func trigger(_ tasks: [TaskID], _ barrier: CheckpointBarrier) {
        slots?.trigger(tasks, barrier)
    }

    /// The job is over, as soon as nothing works for it any more.
    func end(_ outcome: JobOutcome) {
        stopSlots()
        checkpointing.end()
        copying.cancel()
        phase = .ending(outcome)
    }

    /// Waits for manifests and clean-ups that are under way, and for those that these made necessary;
    /// then the directory is given up.
    private func finish(_ outcome: JobOutcome) {
        repeat {
            background.wait { tellWaiting($0) }
            for event in queue.takeAll() { handle(event) }
        } while checkpointing.isCleaning
        phase = .ended
        status.elapsedNanoseconds = world.clock.monotonicNanoseconds() - startedAt
        refreshStatus()
        onStatus(status)
        removeScratch()
        job.release()
        start.directory.release()
        result.set(outcome, status)
    }

    /// Removes what only this run had a use for; what cannot be removed is told and does no harm.
    private func removeScratch() {
        let path = isTemporary ? start.directory.path : start.directory.work
        do throws(WeirError) {
            try world.files.removeTree(path)
        } catch {
            onNotice("\(path) could not be removed: \(error)")
        }
    }

    private func stopSlots() {
        slots?.shutDown { tellWaiting($0) }
        slots = nil
    }

    private func tellWaiting(_ count: Int) {
        onNotice(
            "waiting for \(count) pieces of work on I/O threads to end; a disk that answers slowly "
                + "may be the reason"
        )
    }

    // MARK: Publishing

    /// Publishes a manifest on an I/O thread; the queue brings what came of it.
    func publish(_ manifest: CheckpointManifest) {
        let checkpoints = start.checkpoints
        let queue = self.queue
        background.run {
            do throws(WeirError) {
                try checkpoints.publish(manifest)
                queue.post(.published(manifest.checkpoint))
            } catch {
                queue.post(.publishFailed(manifest.checkpoint, error))
            }
        }
    }

    /// Deletes what was given up and what retention does not keep, on an I/O thread, and renews the
    /// fallback copy if it is time; one after the other, so that nothing is deleted while it is copied.
    func clean(_ work: CleanUp) {
        let checkpoints = start.checkpoints
        let retained = start.options.settings.retainedCheckpoints
        let now = world.clock.monotonicNanoseconds()
        let isCopied = work.retention != nil && fallbackPolicy.completed(now: now)
        let copied = isCopied ? status.lastCheckpoint : nil
        let fallback = start.directory.fallback
        background.run { [queue, copying, onNotice] in
            do throws(WeirError) {
                for range in work.discarded { try checkpoints.discard(range) }
                if let attempt = work.retention {
                    try checkpoints.clean(attempt: attempt, keeping: retained)
                }
            } catch {
                onNotice("Old checkpoints could not be removed: \(error)")
            }
            do throws(WeirError) {
                if let copied { try fallback.refresh(copied, cancellation: copying) }
            } catch {
                if error.code != .cancelled {
                    onNotice("Checkpoint \(copied ?? .none) could not be copied aside: \(error)")
                }
            }
            queue.post(.cleaned)
        }
    }

    // MARK: Status

    private func reportStatus(_ now: Int64) {
        guard now - lastStatus >= JobControl.statusInterval else { return }
        lastStatus = now
        status.elapsedNanoseconds = now - startedAt
        refreshStatus()
        onStatus(status)
    }

    private func refreshStatus() {
        let statistics = checkpointing.statistics
        status.completedCheckpoints = statistics.completed
        status.failedCheckpoints = statistics.failed
        status.lastCheckpointNanoseconds = statistics.lastDuration
        let sources = graph.readers
        let readers = status.tasks.filter { sources.contains($0.key.vertex) }
        status.sourceRows = readers.values.reduce(0) { $0 + $1.rowsIn }
        status.lateRows = status.tasks.values.reduce(0) { $0 + $1.rowsLate }
        status.malformedRecords = status.tasks.values.reduce(0) { $0 + $1.recordsMalformed }
        let marks = status.tasks.values.filter { !$0.channelWatermarks.isEmpty }.map(\.watermark)
        status.watermark = marks.min().flatMap { $0 == EventTimes.minimum ? nil : $0 }
        let shares = readers.values.map(\.progress).filter { $0 >= 0 }
        status.progress = shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
        status.latencyMedian = Int64(latencies.valueAtPercentile(50))
        status.latency99 = Int64(latencies.valueAtPercentile(99))
    }
}
