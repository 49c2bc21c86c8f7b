import WeirCore
import WeirPlan
import WeirSnapshot

/// Decides when a job's checkpoints start, are complete, and are given up.
///
/// A value that turns events into actions, without input, output, time or chance of its own. At most
/// one checkpoint is in progress. Ids are never used twice, whatever happened to the checkpoint that
/// had one. Commits follow the manifest: `notifyComplete` is said after `manifestPublished` only.
public struct CheckpointCoordinator: Sendable {
    private enum Phase: Sendable {
        /// The tasks of the attempt do not all run yet, or the job is to be restarted.
        case deploying
        case idle
        case gathering(PendingCheckpoint)
        /// All have answered; the store is writing the manifest.
        case publishing(PendingCheckpoint)
    }

    private enum Ending: Sendable {
        case none
        /// The next checkpoint is the last one.
        case wanted
        /// The last checkpoint is complete; the tasks are ending.
        case completed(CheckpointID)
        case finished
    }

    /// How checkpoints went since the coordinator was made.
    public private(set) var statistics = CheckpointStatistics()
    let plan: CheckpointPlan
    private let policy: CheckpointPolicy
    /// The attempt whose tasks are listened to; it only grows.
    private var attempt = Attempt(0)
    /// The highest id used or seen; it only grows.
    private var lastID = CheckpointID.none
    private var phase = Phase.deploying
    private var ending = Ending.none
    /// What a person asked for: to drain (true) or to suspend (false) the job.
    private var drains: Bool?
    private var finished: [TaskID: TaskSnapshot] = [:]
    private var exhausted: Set<TaskID> = []
    /// Tasks that have committed the last checkpoint.
    private var committedTasks: Set<TaskID> = []
    /// Savepoints asked for and not begun, in order.
    private var savepoints: [UInt64] = []
    private var failuresInARow = 0
    /// When the next periodic checkpoint is due; nil: none is.
    private var periodicAt: Int64?
    /// Nothing starts before.
    private var retryAt = Int64.min
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

    /// Takes an event; the actions are to be done in order.
    public mutating func handle(_ event: CheckpointEvent, at now: Moment) -> [CheckpointAction] {
        var actions = react(to: event, now)
        actions += startIfDue(now)
        return actions + reschedule()
    }

    private mutating func react(to event: CheckpointEvent, _ now: Moment) -> [CheckpointAction] {
        switch event {
        case .attemptStarted(let attempt, let highest):
            attemptStarted(attempt, highest: highest)
            return []
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
        case .committed(let task, let attempt, let id):
            return committed(task, attempt, id)
        case .stopRequested(let drain):
            return stopRequested(drain: drain)
        }
    }
}

/// Events of the job's life.
extension CheckpointCoordinator {
    private mutating func attemptStarted(_ started: Attempt, highest: CheckpointID) {
        guard started > attempt else {
            statistics.staleAnswers += 1
            return
        }
        attempt = started
        lastID = max(lastID, highest)
        if case .gathering(let pending) = phase { requeue(pending) }
        if case .publishing(let pending) = phase { requeue(pending) }
        phase = .deploying
        finished = [:]
        exhausted = []
        committedTasks = []
        failuresInARow = 0
        periodicAt = nil
        retryAt = .min
        // A final checkpoint is taken again, even if it was complete: only its commit ends a job.
        if case .finished = ending { return }
        ending = .none
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
        return drains.map { [.stopSources(drain: $0)] } ?? []
    }

    /// A job whose input has ended anyway ends as if nobody had asked.
    private mutating func stopRequested(drain: Bool) -> [CheckpointAction] {
        guard case .none = ending, drains == nil else { return [] }
        drains = drain
        if case .deploying = phase { return [] }
        return [.stopSources(drain: drain)]
    }

    private var isSuspending: Bool { drains == false }

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
        if hasEnded { ending = .wanted }
    }

    private mutating func finishIfAllEnded() -> [CheckpointAction] {
        guard case .completed(let id) = ending,
            plan.tasks.allSatisfy({ finished[$0] != nil || committedTasks.contains($0) })
        else { return [] }
        ending = .finished
        return [.finishJob(id, isSuspended: isSuspending)]
    }

    private mutating func committed(
        _ task: TaskID,
        _ attempt: Attempt,
        _ id: CheckpointID
    ) -> [CheckpointAction] {
        guard attempt == self.attempt else { return refuseStale() }
        guard case .completed(id) = ending else { return [] }
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
        failuresInARow = 0
        statistics.add(completed: pending.id, duration: now.monotonic - pending.started.monotonic)
        var actions: [CheckpointAction] = [.notifyComplete(id, attempt)]
        if let token = pending.savepoint {
            actions.append(.savepointCompleted(token: token, id))
        }
        actions.append(.clean(attempt))
        setNextPeriodic(after: pending, now)
        if pending.endsJob {
            ending = .completed(id)
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
        failuresInARow += 1
        statistics.failed += 1
        statistics.lastFailure = error
        setNextPeriodic(after: pending, now)
        retryAt = max(
            pending.started.monotonic + (policy.interval ?? CheckpointPolicy.retryPause),
            now.monotonic + policy.minimumPause
        )
        var actions: [CheckpointAction] = [.notifyAborted(pending.id, attempt, error)]
        if let token = pending.savepoint {
            actions.append(.savepointFailed(token: token, error))
        }
        if let tolerable = policy.tolerableFailures, failuresInARow > tolerable {
            phase = .deploying
            actions.append(.failJob(error))
        }
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
    /// What is to be taken next, and from when on.
    private struct Next {
        let purpose: CheckpointManifest.Purpose
        var endsJob = false
        let from: Int64
    }

    private var next: Next? {
        guard case .idle = phase else { return nil }
        switch ending {
        case .completed, .finished: return nil
        case .none, .wanted: break
        }
        if !savepoints.isEmpty { return Next(purpose: .savepoint, from: retryAt) }
        if case .wanted = ending {
            // A job that is only suspended has not succeeded: its sinks must not say so.
            let purpose: CheckpointManifest.Purpose = isSuspending ? .checkpoint : .final
            return Next(purpose: purpose, endsJob: true, from: retryAt)
        }
        return periodicAt.map { Next(purpose: .checkpoint, from: max($0, retryAt)) }
    }

    private mutating func startIfDue(_ now: Moment) -> [CheckpointAction] {
        guard let next, now.monotonic >= next.from else { return [] }
        lastID = lastID.next
        let barrier = CheckpointBarrier(
            checkpoint: lastID,
            attempt: attempt,
            purpose: next.purpose == .final ? .final : .checkpoint,
            triggeredAt: now.monotonic
        )
        let pending = PendingCheckpoint(
            barrier: barrier,
            purpose: next.purpose,
            endsJob: next.endsJob,
            savepoint: next.purpose == .savepoint ? savepoints.removeFirst() : nil,
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
