import WeirControl
import WeirCore
import WeirPlan
import WeirSnapshot

/// Stands between a job and its `CheckpointCoordinator`: tells it what happened, does what it says.
final class Checkpointing {
    private unowned let master: JobMaster
    private var coordinator: CheckpointCoordinator
    private var tasks: [TaskID]
    /// What people are told of the last checkpoints.
    private(set) var history: CheckpointHistory
    private var attempt = Attempt(0)
    /// Tasks of the attempt that do not run yet.
    private var starting: Set<TaskID> = []
    /// When the coordinator wants to be told the time.
    private(set) var deadline: Int64?
    private var savepoints: [UInt64: JobEvent.SavepointAnswer] = [:]
    private var lastToken: UInt64 = 0
    /// Whether a manifest is being stored.
    private var isPublishing = false
    private var cleaning = Cleaning.idle

    private enum Cleaning {
        case idle
        case running
        /// Again once the present one is over.
        case wanted(CleanUp)
    }

    init(master: JobMaster, graph: JobGraph, settings: JobSettings) {
        self.master = master
        let plan = CheckpointPlan(jobID: master.id.description, graph: graph)
        tasks = plan.tasks
        history = CheckpointHistory(tasks: plan.tasks)
        coordinator = CheckpointCoordinator(plan: plan, policy: CheckpointPolicy(settings))
    }

    /// Whether files of checkpoints are being deleted, or are to be.
    var isCleaning: Bool {
        if case .idle = cleaning { return false }
        return true
    }

    /// Whether the store is being changed: no attempt starts before it is known what came of it.
    var isBusy: Bool { isPublishing || isCleaning }

    /// How the job's checkpoints went.
    var statistics: CheckpointStatistics { coordinator.statistics }

    // MARK: What happened

    /// An attempt's tasks are being started.
    func attemptStarted(_ attempt: Attempt, highest: CheckpointID) {
        self.attempt = attempt
        starting = Set(tasks)
        say(.attemptStarted(attempt, highest: highest))
    }

    /// The tasks of an attempt have outlived the job manager that had started them.
    func attemptAdopted(
        _ adopted: AdoptedAttempt,
        highest: CheckpointID,
        completed: CheckpointManifest?
    ) {
        attempt = adopted.attempt
        starting = Set(tasks).subtracting(adopted.running)
        say(
            .attemptAdopted(
                attempt,
                highest: highest,
                completed: completed?.checkpoint ?? .none,
                isFinal: completed?.purpose == .final
            )
        )
        // Before their ends are told, which they had for this reason: the job has not come to its end.
        switch adopted.sources {
        case .reading: break
        case .suspended: stop(drain: false)
        case .drained: stop(drain: true)
        }
        for task in adopted.exhausted.sorted() { say(.inputExhausted(task, attempt)) }
        if starting.isEmpty { say(.allTasksRunning(attempt)) }
    }

    /// The present attempt goes on from a checkpoint.
    func restored(_ manifest: CheckpointManifest) {
        history.restored(
            manifest.checkpoint,
            isSavepoint: manifest.purpose == .savepoint,
            at: now
        )
    }

    private var now: Int64 { master.world.clock.wallMilliseconds() }

    /// A task of the present attempt told something.
    func taskTold(_ kind: TaskEvent.Kind, _ task: TaskID) {
        switch kind {
        case .running:
            guard starting.remove(task) != nil, starting.isEmpty else { return }
            say(.allTasksRunning(attempt))
            master.allTasksRan()
        case .reached(let checkpoint, let phase):
            say(.phaseReached(task, attempt, checkpoint, phase))
        case .acknowledged(let checkpoint, let snapshot):
            history.acknowledged(task, checkpoint, snapshot, at: now)
            #if Sabotage
            let pending = Sabotage.fencingOff.isActive ? coordinator.pending : nil
            let checkpoint = pending ?? checkpoint
            #endif
            say(.acknowledged(task, attempt, checkpoint, snapshot))
        case .declined(let checkpoint, let error):
            say(.declined(task, attempt, checkpoint, error))
        case .ended: say(.inputExhausted(task, attempt))
        case .committed(let checkpoint): say(.committed(task, attempt, checkpoint))
        case .failed, .closed, .metrics, .latencies: break
        }
    }

    /// Time has passed.
    func timePassed(_ now: Int64) {
        guard let deadline, now >= deadline else { return }
        self.deadline = nil
        say(.timerFired)
    }

    /// The store has the manifest, or refused it.
    func published(_ checkpoint: CheckpointID, _ error: WeirError?) {
        isPublishing = false
        say(error.map { .manifestFailed(checkpoint, $0) } ?? .manifestPublished(checkpoint))
    }

    /// A clean-up is over.
    func cleaned() {
        guard case .wanted(let work) = cleaning else {
            cleaning = .idle
            return
        }
        cleaning = .running
        master.clean(work)
    }

    /// The attempt has failed, or could not be started; a job that is to be stopped may end with it.
    func attemptFailed(_ error: WeirError) { say(.attemptFailed(error)) }

    /// The job is to end: drained as if its input had ended, or suspended where it is.
    func stop(drain: Bool) {
        isStopping = true
        say(.stopRequested(drain: drain))
    }

    /// Whether a person wants the job to end.
    private(set) var isStopping = false

    /// A snapshot is wanted that retention keeps.
    func savepoint(_ answer: @escaping JobEvent.SavepointAnswer) {
        lastToken += 1
        savepoints[lastToken] = answer
        say(.savepointRequested(token: lastToken))
    }

    /// A checkpoint is wanted now, which retention need not keep.
    func checkpoint(_ answer: @escaping JobEvent.SavepointAnswer) {
        lastToken += 1
        savepoints[lastToken] = answer
        say(.checkpointRequested(token: lastToken))
    }

    /// The next attempt runs another graph.
    ///
    /// Called after the present one was given up.
    func replan(_ graph: JobGraph) {
        let plan = CheckpointPlan(jobID: master.id.description, graph: graph)
        tasks = plan.tasks
        coordinator.replan(plan)
        history.replan(plan.tasks)
    }

    /// The job is over: who waits for a savepoint is told so.
    func end() {
        for answer in savepoints.values {
            answer(.failure(WeirError(.checkpointFailed, "The job ended before the savepoint.")))
        }
        savepoints = [:]
    }

    private func say(_ event: CheckpointEvent) {
        for action in coordinator.handle(event, at: Moment(master.world.clock)) { perform(action) }
    }

    // MARK: What is to be done

    private func perform(_ action: CheckpointAction) {
        switch action {
        case .trigger(let tasks, let barrier):
            history.triggered(
                barrier,
                isSavepoint: coordinator.isSavepointPending,
                at: now
            )
            master.trigger(tasks, barrier)
        case .publishManifest(let manifest):
            isPublishing = true
            master.publish(manifest)
        case .notifyComplete(let checkpoint, let attempt):
            history.completed(checkpoint)
            master.progressed(checkpoint)
            master.tell(.completed(checkpoint, attempt))
        case .notifyAborted(let checkpoint, let attempt, let error):
            history.failed(checkpoint, error.message, at: now)
            master.tell(.aborted(checkpoint, attempt))
            master.onNotice("checkpoint \(checkpoint) failed: \(error)")
        case .schedule(let time): deadline = time
        case .clean(let attempt): clean { $0.addRetention(attempt) }
        case .discard(let range): clean { $0.addDiscarded(range) }
        case .stopSources(let drain): master.tell(.stopSources(drain: drain))
        case .savepointCompleted(let token, let checkpoint):
            savepoints.removeValue(forKey: token)?(.success(checkpoint))
        case .savepointFailed(let token, let error):
            savepoints.removeValue(forKey: token)?(.failure(error))
        case .failJob(let error): master.fail(error)
        case .stopFailed(let failures, let error): master.stopFailed(failures, error)
        case .finishJob(_, let isSuspended): master.end(isSuspended ? .suspended : .finished)
        }
    }

    /// One clean-up at a time; those that come in between become one.
    private func clean(_ add: (inout CleanUp) -> Void) {
        var work = CleanUp()
        if case .wanted(let waiting) = cleaning { work = waiting }
        add(&work)
        switch cleaning {
        case .idle:
            cleaning = .running
            master.clean(work)
        case .running, .wanted: cleaning = .wanted(work)
        }
    }
}
