import Histogram
import WeirControl
import WeirCore
import WeirPlan
import WeirSnapshot

/// Drives one job from its start to its end: attempts, checkpoints, restarts, status.
///
/// Runs on a thread of its own. Decisions are made by `CheckpointCoordinator` and `RestartPolicy`,
/// which are pure; this class carries events to them and does what they say. Who runs the tasks is
/// known to its `TaskDeployer` only.
public final class JobMaster: Steppable {
    enum Phase {
        /// It is found out whether tasks have outlived the job manager before.
        case adopting
        case starting(at: Int64)
        case running
        /// The attempt is being cancelled.
        case cancelling(then: Next)
        /// The tasks have ended; manifests and clean-ups may be under way.
        case ending(JobOutcome)
        case ended
    }

    /// What follows an attempt.
    enum Next {
        case start(at: Int64)
        case end(JobOutcome)
    }

    let world: any World
    /// The job.
    let id: JobID
    var graph: JobGraph
    let start: JobStart
    let deployer: any TaskDeployer
    let queue: EventQueue<JobEvent>
    private let onEnd: @Sendable (JobOutcome, JobStatus) -> Void
    private let onStatus: @Sendable (JobStatus) -> Void
    let onNotice: @Sendable (String) -> Void
    private let startedAt: Int64
    /// Publishing and cleaning up.
    let background: BackgroundGroup
    var phase: Phase
    /// Whether the job was another job manager's.
    private let isTakenOver: Bool
    /// What people want of the job, until it is known what runs.
    private var postponed: [JobEvent] = []
    private var restartPolicy: RestartPolicy
    var fallbackPolicy: FallbackPolicy
    /// Ends the making of a fallback copy early; another one for each attempt.
    private(set) var copying = Cancellation()
    private var latencies = Histogram<UInt64>(
        highestTrackableValue: 3_600_000_000_000,
        numberOfSignificantValueDigits: .two
    )
    private var lastStatus: Int64 = 0
    private var attempt = Attempt(0)
    /// Attempts of this process.
    private var attempts = 0
    /// The restart that goes on; nil: none does.
    var timeline: RestartTimeline?
    var status = JobStatus()
    lazy var checkpointing = Checkpointing(
        master: self,
        graph: graph,
        settings: start.options.settings
    )

    /// A master that starts the job's first attempt in its first step.
    ///
    /// - Parameters:
    ///   - world: clock, threads and disk.
    ///   - graph: what runs.
    ///   - start: the job's directory, and what to start from.
    ///   - mayAdopt: whether tasks of the job may run already; then `.adoptable` says so before anything
    ///     is started.
    ///   - deployer: runs the tasks; it answers through `queue`.
    ///   - queue: what happens; its parker is the one that this master's thread sleeps on.
    ///   - onEnd: called once, with what came of the job.
    ///   - onStatus: called some times a second, on the master's thread.
    ///   - onNotice: called with what a person should know.
    public init(
        world: any World,
        graph: JobGraph,
        start: JobStart,
        mayAdopt: Bool = false,
        deployer: any TaskDeployer,
        queue: EventQueue<JobEvent>,
        onEnd: @escaping @Sendable (JobOutcome, JobStatus) -> Void,
        onStatus: @escaping @Sendable (JobStatus) -> Void,
        onNotice: @escaping @Sendable (String) -> Void
    ) {
        self.world = world
        id = start.directory.jobID
        self.graph = graph
        self.start = start
        isTakenOver = mayAdopt
        phase = mayAdopt ? .adopting : .starting(at: 0)
        self.deployer = deployer
        self.queue = queue
        self.onEnd = onEnd
        self.onStatus = onStatus
        self.onNotice = onNotice
        startedAt = world.clock.monotonicNanoseconds()
        background = BackgroundGroup(threads: world.threads, clock: world.clock)
        restartPolicy = RestartPolicy(start.options.settings)
        fallbackPolicy = FallbackPolicy(
            interval: start.directory.isLasting ? start.options.settings.fallbackInterval : .zero
        )
    }

    // MARK: Stepping

    /// One turn over what has happened.
    public func step() -> StepOutcome {
        let now = world.clock.monotonicNanoseconds()
        for event in queue.takeAll() { handle(event) }
        if case .starting(let at) = phase, now >= at, !checkpointing.isBusy { deploy() }
        if case .running = phase { checkpointing.timePassed(now) }
        if case .ending(let outcome) = phase { finish(outcome) }
        reportStatus(now)
        switch phase {
        case .ended: return .finished
        case .ending: return .again
        case .adopting, .cancelling: return .park(until: nil)
        case .starting(let at): return .park(until: checkpointing.isBusy ? nil : at)
        case .running:
            let status = lastStatus + JobMaster.statusInterval
            return .park(until: min(status, checkpointing.deadline ?? .max))
        }
    }

    /// Nanoseconds between reports of the status.
    private static let statusInterval: Int64 = 100_000_000

    private func handle(_ event: JobEvent) {
        switch phase {
        case .ending, .ended: return handleAfterEnd(event)
        case .adopting: return handleBeforeStart(event)
        case .starting, .running, .cancelling: break
        }
        switch event {
        case .task(let event): handle(event)
        case .adoptable: break
        case .attemptFailed(let attempt, let error):
            attemptFailed(attempt, error)
        case .attemptEnded(let attempt): ended(attempt)
        case .published(let checkpoint): checkpointing.published(checkpoint, nil)
        case .publishFailed(let checkpoint, let error): checkpointing.published(checkpoint, error)
        case .cleaned: checkpointing.cleaned()
        case .stop(let drain): stop(drain: drain)
        case .cancel: end(.cancelled)
        case .savepoint(let answer):
            if hasEnd { return handleAfterEnd(event) }
            checkpointing.savepoint(answer)
        case .checkpoint(let answer):
            if hasEnd { return handleAfterEnd(event) }
            checkpointing.checkpoint(answer)
        case .redeploy(let graph, let answer): redeploy(graph, answer)
        case .readyToRedeploy(let graph, let result, let answer):
            readyToRedeploy(graph, result, answer)
        }
    }

    private func attemptFailed(_ attempt: Attempt, _ error: WeirError) {
        guard attempt == self.attempt else { return }
        switch phase {
        case .running: fail(error)
        case .cancelling(.start):
            // A broken connection may have been met first, and this is the end of who had broken it.
            onNotice("\(error)")
            if restartPolicy.alsoFailed(error) { end(.failed(error)) }
        case .adopting, .starting, .cancelling(.end), .ending, .ended: break
        }
    }

    private func stop(drain: Bool) {
        switch phase {
        case .starting, .cancelling(.start): end(.suspended)
        case .running: checkpointing.stop(drain: drain)
        case .adopting, .cancelling(.end), .ending, .ended: break
        }
    }

    private func handleBeforeStart(_ event: JobEvent) {
        switch event {
        case .adoptable(let adopted):
            phase = .starting(at: 0)
            if let adopted { adopt(adopted) }
            for event in postponed { handle(event) }
            postponed = []
        case .cancel: end(.cancelled)
        case .stop, .savepoint, .checkpoint, .redeploy: postponed.append(event)
        case .cleaned: checkpointing.cleaned()
        case .task, .attemptFailed, .attemptEnded, .published, .publishFailed, .readyToRedeploy:
            break
        }
    }

    private func handleAfterEnd(_ event: JobEvent) {
        switch event {
        case .savepoint(let answer), .checkpoint(let answer), .redeploy(_, let answer),
            .readyToRedeploy(_, _, let answer):
            answer(.failure(WeirError(.checkpointFailed, "The job has ended.")))
        case .cleaned: checkpointing.cleaned()
        case .task, .adoptable, .attemptFailed, .attemptEnded, .published, .publishFailed, .stop,
            .cancel:
            break
        }
    }

    private func handle(_ event: TaskEvent) {
        #if Sabotage
        let isOfAttempt = event.attempt == attempt || Sabotage.fencingOff.isActive
        #else
        let isOfAttempt = event.attempt == attempt
        #endif
        guard isOfAttempt, case .running = phase else { return }
        switch event.kind {
        case .failed(let error): fail(error)
        case .metrics(let metrics): status.tasks[event.task] = metrics
        case .latencies(let ages): for age in ages { latencies.record(UInt64(max(0, age))) }
        default: checkpointing.taskTold(event.kind, event.task)
        }
    }

    // MARK: Attempts

    /// Goes on with the tasks of an attempt that run, or ends them if that could be wrong.
    private func adopt(_ adopted: AdoptedAttempt) {
        attempt = adopted.attempt
        phase = .running
        attempts += 1
        do throws(WeirError) {
            let completed = try start.newestCompleted()
            if let reason = adopted.doubt(completed) {
                throw WeirError(.checkpointFailed, "The job's tasks cannot go on.", reason: reason)
            }
            fallbackPolicy.attemptStarted(
                hasCopy: try start.directory.fallback.exists(),
                now: world.clock.monotonicNanoseconds()
            )
            let highest = max(adopted.highest, try start.highestID())
            onNotice("the tasks of attempt \(attempt) go on under this job manager")
            checkpointing.attemptAdopted(adopted, highest: highest, completed: completed)
        } catch {
            onNotice("\(error)\n  they are ended; the job goes on from its last checkpoint")
            follow(cancel(), .start(at: 0))
        }
    }

    private func deploy() {
        timeline?.choiceBegan(at: world.clock.monotonicNanoseconds())
        do throws(WeirError) {
            if isTakenOver || attempts > 0 { try start.directory.removeUnfinished() }
            attempt = try start.nextAttempt()
            #if Sabotage
            (timeline == nil ? FailPoint.startingNumbered : .restartingNumbered).reach()
            #endif
            let chosen = try start.choose(
                isFirstAttempt: attempts == 0,
                attempt: attempt,
                verification: restartPolicy.verification,
                notice: onNotice
            )
            #if Sabotage
            (timeline == nil ? FailPoint.startingChosen : .restartingChosen).reach()
            #endif
            attempts += 1
            var match: SnapshotMatch?
            if let chosen {
                restartPolicy.restored()
                checkpointing.restored(chosen)
                match = try SnapshotMatch(chosen, for: graph, dropped: start.options.droppedStates)
                status.lastCheckpoint = chosen.checkpoint
            }
            if attempts == 1 {
                try GivenUpStates(start.directory)
                    .settle(start.options.droppedStates, restoring: match, notice: onNotice)
            }
            if let checkpoint = match?.checkpoint {
                onNotice("going on from checkpoint \(checkpoint) of \(start.directory.path)")
            }
            fallbackPolicy.attemptStarted(
                hasCopy: try start.directory.fallback.exists(),
                now: world.clock.monotonicNanoseconds()
            )
            checkpointing.attemptStarted(attempt, highest: try start.highestID())
            status.tasks = [:]
            phase = .running
            timeline?.chose(at: world.clock.monotonicNanoseconds())
            #if Sabotage
            (timeline == nil ? FailPoint.startingDeployed : .restartingDeployed).reach()
            #endif
            deployer.deploy(
                AttemptDescription(
                    attempt: attempt,
                    graph: graph,
                    manifest: chosen,
                    droppedStates: start.options.droppedStates
                )
            )
        } catch {
            fail(error)
        }
    }

    /// Cancels the attempt; starts another one or gives up, as the restart policy says.
    func fail(_ error: WeirError) {
        let isRunning = cancel()
        checkpointing.attemptFailed(error)
        if hasEnd { return }
        let now = world.clock.monotonicNanoseconds()
        switch restartPolicy.failed(error, now: now) {
        case .fail: end(.failed(error))
        case .restart(let longest):
            // Who wants the job to end does not wait for long.
            let wait = checkpointing.isStopping ? min(longest, 1_000_000_000) : longest
            status.restarts += 1
            timeline = RestartTimeline(at: now)
            onNotice("\(error)\n  the job starts again in \(wait / 1_000_000) ms")
            follow(isRunning, .start(at: now + wait))
            #if Sabotage
            FailPoint.restartingCancelling.reach()
            #endif
        }
    }

    /// Whether it is decided how the job ends.
    var hasEnd: Bool {
        switch phase {
        case .cancelling(.end), .ending, .ended: true
        case .adopting, .starting, .running, .cancelling(.start): false
        }
    }

    /// Has the tasks of the attempt ended, if there are any; whether there are.
    func cancel() -> Bool {
        switch phase {
        case .running:
            phase = .cancelling(then: .start(at: 0))
            // The next attempt begins when no clean-up is under way; to copy all state takes seconds.
            copying.cancel()
            copying = Cancellation()
            deployer.cancel(attempt)
            return true
        case .cancelling: return true
        case .adopting, .starting, .ending, .ended: return false
        }
    }

    func follow(_ isRunning: Bool, _ next: Next) {
        switch next {
        case _ where isRunning: phase = .cancelling(then: next)
        case .start(let at): phase = .starting(at: at)
        case .end(let outcome): phase = .ending(outcome)
        }
    }

    /// The tasks of an attempt that was cancelled have ended.
    private func ended(_ attempt: Attempt) {
        guard case .cancelling(let next) = phase, attempt == self.attempt else { return }
        timeline?.tasksEnded(at: world.clock.monotonicNanoseconds())
        follow(false, next)
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
        #if Sabotage
        FailPoint.checkpointingCompleted.reach()
        #endif
    }

    /// Tells all tasks of the attempt something.
    func tell(_ command: TaskCommand) { deployer.tell(command) }

    /// Has tasks draw the line of a checkpoint.
    func trigger(_ tasks: [TaskID], _ barrier: CheckpointBarrier) {
        #if Sabotage
        FailPoint.checkpointingTriggered.reach()
        #endif
        deployer.trigger(tasks, barrier)
    }

    /// The job is over, as soon as nothing works for it any more.
    func end(_ outcome: JobOutcome) {
        if hasEnd { return }
        let isRunning = cancel()
        #if Sabotage
        if case .cancelled = outcome { FailPoint.cancellingTold.reach() }
        #endif
        checkpointing.end()
        copying.cancel()
        follow(isRunning, .end(outcome))
    }

    /// Waits for manifests and clean-ups that are under way, and for those that these made necessary;
    /// then the directory is given up.
    private func finish(_ outcome: JobOutcome) {
        repeat {
            background.wait { onNotice(WaitNotice.text($0)) }
            for event in queue.takeAll() { handle(event) }
        } while checkpointing.isCleaning
        phase = .ended
        status.elapsedNanoseconds = world.clock.monotonicNanoseconds() - startedAt
        refreshStatus()
        onStatus(status)
        removeScratch()
        deployer.jobEnded()
        start.directory.release()
        onEnd(outcome, status)
    }

    // MARK: Status

    private func reportStatus(_ now: Int64) {
        guard now - lastStatus >= JobMaster.statusInterval else { return }
        lastStatus = now
        status.elapsedNanoseconds = now - startedAt
        refreshStatus()
        onStatus(status)
    }

    private func refreshStatus() {
        let statistics = checkpointing.statistics
        status.checkpoints = checkpointing.history
        status.completedCheckpoints = statistics.completed
        status.failedCheckpoints = statistics.failed
        status.lastCheckpointNanoseconds = statistics.lastDuration
        let sources = graph.readers
        let readers = status.tasks.filter { sources.contains($0.key.vertex) }
        status.sourceRows = readers.values.reduce(0) { $0.addingSaturated($1.rowsIn) }
        status.lateRows = status.tasks.values.reduce(0) { $0.addingSaturated($1.rowsLate) }
        status.malformedRecords = status.tasks.values.reduce(0) {
            $0.addingSaturated($1.recordsMalformed)
        }
        let marks = status.tasks.values.filter { !$0.channelWatermarks.isEmpty }.map(\.watermark)
        status.watermark = marks.min().flatMap { $0 == EventTimes.minimum ? nil : $0 }
        let shares = readers.values.map(\.progress).filter { $0 >= 0 }
        status.progress = shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
        status.latencyMedian = Int64(latencies.valueAtPercentile(50))
        status.latency99 = Int64(latencies.valueAtPercentile(99))
    }
}
