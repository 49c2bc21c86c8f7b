import WeirCore
import WeirPlan
import WeirSnapshot

/// The checkpoint in progress: who has answered, and with what.
struct PendingCheckpoint: Sendable {
    let barrier: CheckpointBarrier
    let purpose: CheckpointManifest.Purpose
    /// Whether the job is over with it: its input has ended, or it is suspended.
    let endsJob: Bool
    /// The request that a savepoint answers.
    let savepoint: UInt64?
    let started: Moment
    /// The tasks whose answer is missing.
    private(set) var missing: Set<TaskID>
    private var answers: [TaskID: TaskSnapshot]
    private var phases: [TaskID: CheckpointPhase] = [:]

    init(
        barrier: CheckpointBarrier,
        purpose: CheckpointManifest.Purpose,
        endsJob: Bool,
        savepoint: UInt64?,
        started: Moment,
        tasks: [TaskID],
        finished: [TaskID: TaskSnapshot]
    ) {
        self.barrier = barrier
        self.purpose = purpose
        self.endsJob = endsJob
        self.savepoint = savepoint
        self.started = started
        missing = Set(tasks).subtracting(finished.keys)
        answers = finished
    }

    var id: CheckpointID { barrier.checkpoint }

    /// Takes a task's answer; false if none is expected of it.
    mutating func accept(_ snapshot: TaskSnapshot, from task: TaskID) -> Bool {
        guard missing.remove(task) != nil else { return false }
        answers[task] = snapshot
        return true
    }

    /// Notes how far a task is.
    mutating func note(_ phase: CheckpointPhase, of task: TaskID) { phases[task] = phase }

    /// The manifest of the answers; all must be there.
    func manifest(of plan: CheckpointPlan, completed: Moment) -> CheckpointManifest {
        precondition(missing.isEmpty, "checkpoint \(id) without \(missing.count) answers")
        var operators = plan.operators
        let places = Dictionary(
            uniqueKeysWithValues: operators.enumerated().map { ($1.id, $0) }
        )
        for task in plan.tasks {
            for part in answers[task]?.parts ?? [] {
                guard let place = places[part.operatorID] else { continue }
                operators[place].add(part)
            }
        }
        for task in plan.tasks {
            for rows in answers[task]?.inFlight ?? [] {
                guard let place = places[rows.operatorID] else { continue }
                operators[place].add(rows)
            }
        }
        return CheckpointManifest(
            jobID: plan.jobID,
            jobName: plan.jobName,
            checkpoint: id,
            attempt: barrier.attempt,
            purpose: purpose,
            isUnaligned: answers.values.contains { $0.isUnaligned },
            triggeredAt: started.wall,
            completedAt: completed.wall,
            maxParallelism: plan.maxParallelism,
            operators: operators
        )
    }

    /// The error of a checkpoint that took too long: names the slow tasks and their phases.
    func timeoutError(_ plan: CheckpointPlan, now: Moment) -> WeirError {
        let slow = missing.sorted().prefix(5).map { task in
            "\(plan.name(of: task)): \((phases[task] ?? .waitingForBarrier).rawValue)"
        }
        let more = missing.count > slow.count ? ", and \(missing.count - slow.count) more" : ""
        let age = (now.monotonic - started.monotonic) / 1_000_000
        return WeirError(
            .checkpointFailed,
            "Checkpoint \(id) was given up after \(age) ms: \(missing.count) of "
                + "\(plan.tasks.count) tasks did not answer.",
            position: slow.joined(separator: ", ") + more,
            fix: "Raise execution.checkpointing.timeout, or find what holds these tasks up."
        )
    }
}

extension OperatorSnapshot {
    /// Adds rows that wait for a subtask, which need not have state of its own.
    fileprivate mutating func add(_ rows: TaskSnapshot.InFlight) {
        let index = subtasks.firstIndex { $0.index >= rows.subtask } ?? subtasks.endIndex
        if index == subtasks.endIndex || subtasks[index].index != rows.subtask {
            subtasks.insert(SubtaskSnapshot(index: rows.subtask), at: index)
        }
        subtasks[index].channels.append(rows.channel)
    }

    /// Adds a subtask's part; parts come in ascending order of subtasks.
    fileprivate mutating func add(_ part: TaskSnapshot.Part) {
        subtasks.append(part.subtask)
        for state in part.states where !states.contains(where: { $0.id == state.id }) {
            states.append(state)
        }
    }
}
