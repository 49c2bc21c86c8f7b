import WeirCore
import WeirPlan
import WeirSnapshot

/// Decides when a job's checkpoints start, are complete, and are given up.
///
/// A value that turns events into actions, without input, output, time or chance of its own. At most
/// one checkpoint is in progress. Ids are never used twice, whatever happened to the checkpoint that
/// had one. Commits follow the manifest: `notifyComplete` is said after `manifestPublished` only.
public struct CheckpointCoordinator: Sendable {
    /// How checkpoints went since the coordinator was made.
    public private(set) var statistics = CheckpointStatistics()
    private(set) var plan: CheckpointPlan
    private let policy: CheckpointPolicy
    /// The attempt whose tasks are listened to; it only grows.
    private var attempt = Attempt(0)
    /// The highest id used or seen; it only grows.
    private var lastID = CheckpointID.none
    /// The last completed checkpoint of the attempt.
    private var lastCompleted = CheckpointID.none
    /// The lowest id of the attempt after its last completed checkpoint: those from here on to the one
    /// in progress have been given up.
    private var firstOpenID = CheckpointID.none.next
    private var phase = Phase.deploying
    private var ending = Ending.none
    /// What a person asked for.
    private var stop: StopRequest?
    private var finished: [TaskID: TaskSnapshot] = [:]
    private var exhausted: Set<TaskID> = []
    /// Tasks that have committed the last checkpoint.
    private var committedTasks: Set<TaskID> = []
    /// Savepoints asked for and not begun, in order.
    private var savepoints: [UInt64] = []
    /// Those of the requests that retention need not keep.
    private var plainRequests: Set<UInt64> = []
    private var backOff = CheckpointBackOff()
    /// When the next periodic checkpoint is due; nil: none is.
    private var periodicAt: Int64?
    /// The timer that was asked for last and has not fired.
    private var scheduledAt: Int64?

    /// A coordinator that waits for `attemptStarted`.
    public init(plan: CheckpointPlan, policy: CheckpointPolicy) {
        self.plan = plan
        self.policy = policy
    }

    /// The checkpoint in progress.
    public var pending: CheckpointID? {
        switch phase {
        case .deploying, .idle: nil
        case .gathering(let pending), .publishing(let pending): pending.id
        }
    }

    /// Whether the checkpoint in progress answers a person's request.
    public var isSavepointPending: Bool {
        switch phase {
        case .deploying, .idle: false
        case .gathering(let pending), .publishing(let pending): pending.purpose == .savepoint
        }
    }

    /// The next attempt has other tasks; the present one was given up.
    mutating func replan(_ plan: CheckpointPlan) { self.plan = plan }

    /// Takes an event; the actions are to be done in order.
    public mutating func handle(_ event: CheckpointEvent, at now: Moment) -> [CheckpointAction] {
        #if Sabotage
        TransitionCoverage.note("CheckpointCoordinator", phase.name, event)
        #endif
        var actions = react(to: event, now)
        actions += startIfDue(now)
        return actions + reschedule()
    }

    private mutating func react(to event: CheckpointEvent, _ now: Moment) -> [CheckpointAction] {
        switch event {
        case .attemptStarted(let attempt, let highest):
            return attemptStarted(attempt, highest: highest)
        case .attemptAdopted(let attempt, let highest, let completed, let isFinal):
            return attemptAdopted(attempt, highest, completed, isFinal: isFinal)
        case .attemptFailed(let error):
            return stopAttemptFailed(error)
        case .allTasksRunning(let attempt):
            return allTasksRunning(attempt, now)
        case .timerFired:
            return timerFired(now)
        case .phaseReached(let task, let attempt, let id, let reached):
            notePhase(reached, of: task, attempt, id)
            return []
        case .acknowledged(let task, let attempt, let id, let snapshot):
            return acknowledged(task, attempt, id, snapshot, now)
        case .declined(let task, let attempt, let id, let error):
            return declined(task, attempt, id, error, now)
        case .inputExhausted(let task, let attempt):
            guard attempt == self.attempt else { return refuseStale() }
            exhausted.insert(task)
            endIfNoInputIsLeft()
            return []
        case .taskFinished(let task, let attempt, let snapshot):
            return taskFinished(task, attempt, snapshot, now)
        case .manifestPublished(let id):
            return manifestPublished(id, now)
        case .manifestFailed(let id, let error):
            guard case .publishing(let pending) = phase, pending.id == id else {
                return refuseStale()
            }
            return abort(pending, error, now)
        case .savepointRequested(let token):
            return savepointRequested(token)
        case .checkpointRequested(let token):
            plainRequests.insert(token)
            return savepointRequested(token)
        case .committed(let task, let attempt, let id):
            return committed(task, attempt, id)
        case .stopRequested(let drain):
            return stopRequested(drain: drain)
        }
    }
}

/// Events of the job's life.
extension CheckpointCoordinator {
    private mutating func attemptStarted(
        _ started: Attempt,
        highest: CheckpointID
    ) -> [CheckpointAction] {
        guard started > attempt else { return refuseStale() }
        attempt = started
        let actions = discardAbandoned()
        if case .gathering(let pending) = phase { requeue(pending) }
        if case .publishing(let pending) = phase { requeue(pending) }
        lastID = max(lastID, highest)
        firstOpenID = lastID.next
        lastCompleted = .none
        phase = .deploying
        finished = [:]
        exhausted = []
        committedTasks = []
        backOff.reset()
        periodicAt = nil
        // A final checkpoint is taken again, even if it was complete: only its commit ends a job.
        if case .finished = ending { return actions }
        ending = .none
        return actions
    }

    /// Takes an attempt over from a coordinator that is no more.
    ///
    /// The newest checkpoint in the store is complete, whether or not the tasks were told.
    private mutating func attemptAdopted(
        _ adopted: Attempt,
        _ highest: CheckpointID,
        _ completed: CheckpointID,
        isFinal: Bool
    ) -> [CheckpointAction] {
        guard adopted > attempt else { return refuseStale() }
        attempt = adopted
        lastID = max(highest, completed)
        firstOpenID = completed.next
        lastCompleted = completed
        phase = .deploying
        if isFinal { ending = .completed(completed, isSuspension: false) }
        return CheckpointAction.settling(adopted, completed: completed, last: lastID)
    }

    /// What an attempt that is over has left, now that nobody stores for it any more.
    private func discardAbandoned() -> [CheckpointAction] {
        // Of one whose manifest is being stored it is not known what comes of it.
        if case .publishing = phase { return [] }
        return firstOpenID <= lastID ? [.discard(firstOpenID...lastID)] : []
    }

    private mutating func requeue(_ pending: PendingCheckpoint) {
        statistics.failed += 1
        if let token = pending.savepoint { savepoints.insert(token, at: 0) }
    }

    private mutating func allTasksRunning(
        _ running: Attempt,
        _ now: Moment
    ) -> [CheckpointAction] {
        guard case .deploying = phase, running == attempt else { return [] }
        phase = .idle
        periodicAt = policy.interval.map { now.monotonic + $0 }
        return stop.map { [.stopSources(drain: $0.drains)] } ?? []
    }

    /// A job whose input has ended anyway ends as if nobody had asked, but does not try for ever.
    private mutating func stopRequested(drain: Bool) -> [CheckpointAction] {
        guard stop == nil else { return [] }
        switch (ending, phase) {
        case (.finished, _): return []
        case (.none, .idle), (.none, .gathering), (.none, .publishing):
            stop = StopRequest(drains: drain)
            return [.stopSources(drain: drain)]
        case (.none, .deploying), (.wanted, _), (.completed, _):
            stop = StopRequest(drains: drain)
            return []
        }
    }

    /// Counts a failure of a job that is to be stopped; past the limit it is given up.
    private mutating func stopAttemptFailed(_ error: WeirError) -> [CheckpointAction] {
        if case .finished = ending { return [] }
        guard let failure = stop?.failed(error) else { return [] }
        phase = .deploying
        ending = .finished
        return failSavepoints() + [failure]
    }

    private mutating func taskFinished(
        _ task: TaskID,
        _ attempt: Attempt,
        _ snapshot: TaskSnapshot,
        _ now: Moment
    ) -> [CheckpointAction] {
        guard attempt == self.attempt, finished[task] == nil else { return refuseStale() }
        finished[task] = snapshot
        endIfNoInputIsLeft()
        var actions: [CheckpointAction] = []
        if case .gathering(var pending) = phase {
            // It has seen all rows and no barrier will come to it: its end is its side of the line.
            if pending.accept(snapshot, from: task) { actions = gathered(pending, now) }
        }
        return actions + finishIfAllEnded()
    }

    private mutating func endIfNoInputIsLeft() {
        guard case .none = ending else { return }
        let hasEnded = plan.sources.allSatisfy { exhausted.contains($0) || finished[$0] != nil }
        if hasEnded { ending = .wanted(isSuspension: stop?.drains == false) }
    }

    private mutating func finishIfAllEnded() -> [CheckpointAction] {
        guard case .completed(let id, let isSuspension) = ending,
            plan.tasks.allSatisfy({ finished[$0] != nil || committedTasks.contains($0) })
        else { return [] }
        ending = .finished
        return [.finishJob(id, isSuspended: isSuspension)]
    }

    private mutating func committed(
        _ task: TaskID,
        _ attempt: Attempt,
        _ id: CheckpointID
    ) -> [CheckpointAction] {
        guard attempt == self.attempt else { return refuseStale() }
        guard case .completed(id, _) = ending else { return [] }
        committedTasks.insert(task)
        return finishIfAllEnded()
    }

    private mutating func savepointRequested(_ token: UInt64) -> [CheckpointAction] {
        switch ending {
        case .none, .wanted:
            savepoints.append(token)
            return []
        case .completed, .finished:
            let error = WeirError(.checkpointFailed, "The job has ended; no savepoint is taken.")
            return [.savepointFailed(token: token, error)]
        }
    }
}

/// Events of the checkpoint in progress.
extension CheckpointCoordinator {
    private mutating func refuseStale() -> [CheckpointAction] {
        statistics.staleAnswers += 1
        return []
    }

    /// The checkpoint that an answer belongs to, if it is being gathered.
    private func gathering(_ attempt: Attempt, _ id: CheckpointID) -> PendingCheckpoint? {
        guard case .gathering(let pending) = phase, attempt == self.attempt, pending.id == id else {
            return nil
        }
        return pending
    }

    private mutating func notePhase(
        _ reached: CheckpointPhase,
        of task: TaskID,
        _ attempt: Attempt,
        _ id: CheckpointID
    ) {
        guard var pending = gathering(attempt, id) else { return }
        pending.note(reached, of: task)
        phase = .gathering(pending)
    }

    private mutating func acknowledged(
        _ task: TaskID,
        _ attempt: Attempt,
        _ id: CheckpointID,
        _ snapshot: TaskSnapshot,
        _ now: Moment
    ) -> [CheckpointAction] {
        guard var pending = gathering(attempt, id), pending.missing.contains(task) else {
            return refuseStale()
        }
        guard plan.isPlausible(snapshot, of: task) else {
            let error = WeirError(
                .checkpointFailed,
                "\(plan.name(of: task)) answered with state of another task.",
                kind: .bug
            )
            return abort(pending, error, now)
        }
        _ = pending.accept(snapshot, from: task)
        return gathered(pending, now)
    }

    private mutating func declined(
        _ task: TaskID,
        _ attempt: Attempt,
        _ id: CheckpointID,
        _ error: WeirError,
        _ now: Moment
    ) -> [CheckpointAction] {
        guard let pending = gathering(attempt, id), pending.missing.contains(task) else {
            return refuseStale()
        }
        let named = WeirError(
            .checkpointFailed,
            "Checkpoint \(id) failed at \(plan.name(of: task)).",
            position: error.position,
            reason: error.reason.isEmpty ? error.message : "\(error.message): \(error.reason)",
            fix: error.fix
        )
        return abort(pending, named, now)
    }

    /// Goes on to publish if no answer is missing.
    private mutating func gathered(
        _ pending: PendingCheckpoint,
        _ now: Moment
    ) -> [CheckpointAction] {
        guard pending.missing.isEmpty else {
            phase = .gathering(pending)
            return []
        }
        phase = .publishing(pending)
        return [.publishManifest(pending.manifest(of: plan, completed: now))]
    }

    private mutating func manifestPublished(
        _ id: CheckpointID,
        _ now: Moment
    ) -> [CheckpointAction] {
        guard case .publishing(let pending) = phase, pending.id == id else { return refuseStale() }
        phase = .idle
        firstOpenID = id.next
        lastCompleted = id
        backOff.reset()
        stop?.succeeded()
        statistics.add(completed: pending.id, duration: now.monotonic - pending.started.monotonic)
        var actions: [CheckpointAction] = [.notifyComplete(id, attempt)]
        if let token = pending.savepoint {
            plainRequests.remove(token)
            actions.append(.savepointCompleted(token: token, id))
        }
        actions.append(.clean(attempt))
        setNextPeriodic(after: pending, now)
        if case .wanted(let isSuspension) = ending, pending.endsJob {
            ending = .completed(id, isSuspension: isSuspension)
            actions += failSavepoints() + finishIfAllEnded()
        }
        return actions
    }

    /// Requests that came while the final checkpoint was taken have nothing left to save.
    private mutating func failSavepoints() -> [CheckpointAction] {
        defer { savepoints = [] }
        let error = WeirError(.checkpointFailed, "The job has ended; no savepoint is taken.")
        return savepoints.map { .savepointFailed(token: $0, error) }
    }

    private mutating func timerFired(_ now: Moment) -> [CheckpointAction] {
        scheduledAt = nil
        guard case .gathering(let pending) = phase,
            now.monotonic - pending.started.monotonic >= policy.timeout
        else { return [] }
        return abort(pending, pending.timeoutError(plan, now: now), now)
    }

    private mutating func abort(
        _ pending: PendingCheckpoint,
        _ error: WeirError,
        _ now: Moment
    ) -> [CheckpointAction] {
        phase = .idle
        backOff.failed(started: pending.started.monotonic, now: now.monotonic, policy)
        statistics.failed += 1
        statistics.lastFailure = error
        setNextPeriodic(after: pending, now)
        var actions: [CheckpointAction] = [.notifyAborted(pending.id, attempt, error)]
        if let token = pending.savepoint {
            plainRequests.remove(token)
            actions.append(.savepointFailed(token: token, error))
        }
        if let tolerable = policy.tolerableFailures, backOff.failuresInARow > tolerable {
            phase = .deploying
            // Of a job that is to be stopped, `attemptFailed` counts it.
            actions.append(.failJob(error))
        } else {
            actions += stopAttemptFailed(error)
        }
        // The last action: where the job or the attempt ends, tasks have stopped storing by then.
        actions.append(.discard(firstOpenID...pending.id))
        return actions
    }

    private mutating func setNextPeriodic(after pending: PendingCheckpoint, _ now: Moment) {
        periodicAt = policy.interval.map {
            max(pending.started.monotonic + $0, now.monotonic + policy.minimumPause)
        }
    }
}

/// Starting.
extension CheckpointCoordinator {
    private var next: NextCheckpoint? {
        guard case .idle = phase else { return nil }
        switch ending {
        case .completed, .finished: return nil
        case .none, .wanted: break
        }
        if let first = savepoints.first {
            let purpose: CheckpointManifest.Purpose =
                plainRequests.contains(first) ? .checkpoint : .savepoint
            return NextCheckpoint(purpose: purpose, isAsked: true, from: backOff.askedStart)
        }
        let start = stop == nil ? backOff.start : backOff.askedStart
        if case .wanted(let isSuspension) = ending {
            // A job that is only suspended has not succeeded: its sinks must not say so.
            let purpose: CheckpointManifest.Purpose = isSuspension ? .checkpoint : .final
            return NextCheckpoint(purpose: purpose, endsJob: true, from: start)
        }
        return periodicAt.map { NextCheckpoint(purpose: .checkpoint, from: max($0, start)) }
    }

    private mutating func startIfDue(_ now: Moment) -> [CheckpointAction] {
        guard let next, now.monotonic >= next.from else { return [] }
        lastID = lastID.next
        let barrier = CheckpointBarrier(
            checkpoint: lastID,
            attempt: attempt,
            purpose: next.purpose == .final ? .final : .checkpoint,
            completed: lastCompleted,
            triggeredAt: now.monotonic
        )
        let pending = PendingCheckpoint(
            barrier: barrier,
            purpose: next.purpose,
            endsJob: next.endsJob,
            savepoint: next.isAsked ? savepoints.removeFirst() : nil,
            started: now,
            tasks: plan.tasks,
            finished: finished
        )
        let roots = plan.roots(withoutFinished: finished.keys)
        statistics.started += 1
        return (roots.isEmpty ? [] : [.trigger(roots, barrier)]) + gathered(pending, now)
    }

    /// Asks for the timer that is needed now, if it is another one than before.
    private mutating func reschedule() -> [CheckpointAction] {
        let needed: Int64? =
            if case .gathering(let pending) = phase {
                pending.started.monotonic + policy.timeout
            } else {
                next?.from
            }
        guard let needed, needed != scheduledAt else { return [] }
        scheduledAt = needed
        return [.schedule(at: needed)]
    }
}
