import WeirCore
import WeirPlan
import WeirRuntime
import WeirSnapshot

/// The checkpoints of one attempt: carries events to the coordinator and does what it decides.
final class Checkpointing {
    private unowned let control: JobControl
    private let tasks: Set<TaskID>
    private var starting: Set<TaskID>
    /// Source tasks that have rows; when none has, the last checkpoint is taken.
    private var running: Set<TaskID>
    /// The checkpoint whose commit ends the job.
    private var last: CheckpointID?
    private var highest: CheckpointID
    private var pending: (barrier: CheckpointBarrier, missing: Set<TaskID>, wall: Int64)?
    private var parts: [TaskID: TaskSnapshot] = [:]
    private var publishing: CheckpointBarrier?
    private var committing: (checkpoint: CheckpointID, missing: Set<TaskID>, isLast: Bool)?
    private var nextAt: Int64?
    private var isStopping = false
    private var failuresInRow = 0

    init(control: JobControl, tasks: [TaskID], highest: CheckpointID, now: Int64) {
        self.control = control
        self.tasks = Set(tasks)
        starting = Set(tasks)
        let graph = control.jobGraph
        running = Set(
            tasks.filter { task in
                let head = graph.vertices[task.vertex].head
                return graph.streamGraph.nodes[head].role == .source
            }
        )
        self.highest = highest
    }

    var deadline: Int64? {
        guard pending == nil, publishing == nil else {
            return pending.map {
                $0.barrier.triggeredAt + control.settings.checkpointTimeout.wholeNanoseconds
            }
        }
        return nextAt
    }

    func timePassed(_ now: Int64) {
        if let pending,
            now >= pending.barrier.triggeredAt
                + control.settings.checkpointTimeout.wholeNanoseconds
        {
            giveUp(
                WeirError(
                    .checkpointFailed,
                    "Checkpoint \(pending.barrier.checkpoint) timed out: "
                        + "\(pending.missing.sorted().map(name(of:)).joined(separator: ", ")) "
                        + "did not answer."
                ),
                now: now
            )
        }
        guard pending == nil, publishing == nil, committing?.isLast != true else { return }
        if running.isEmpty {
            // A job that is only suspended has not succeeded: its sinks must not say so.
            trigger(isStopping ? .checkpoint : .final, now: now)
            last = highest
        } else if let nextAt, now >= nextAt, starting.isEmpty {
            trigger(.checkpoint, now: now)
        }
    }

    private func trigger(_ purpose: CheckpointBarrier.Purpose, now: Int64) {
        highest = highest.next
        let barrier = CheckpointBarrier(
            checkpoint: highest,
            attempt: control.attempt,
            purpose: purpose,
            triggeredAt: now
        )
        pending = (barrier, tasks, control.world.clock.wallMilliseconds())
        parts = [:]
        let interval = control.settings.checkpointInterval.wholeNanoseconds
        nextAt = interval > 0 ? now + interval : nil
        control.trigger(barrier)
    }

    func taskRunning(_ task: TaskID, now: Int64) {
        starting.remove(task)
        guard starting.isEmpty else { return }
        let interval = control.settings.checkpointInterval.wholeNanoseconds
        nextAt = interval > 0 ? now + interval : nil
    }

    func acknowledged(
        _ task: TaskID,
        _ checkpoint: CheckpointID,
        _ snapshot: TaskSnapshot,
        now: Int64
    ) {
        guard var current = pending, current.barrier.checkpoint == checkpoint,
            current.missing.remove(task) != nil
        else { return }
        parts[task] = snapshot
        pending = current
        guard current.missing.isEmpty else { return }
        pending = nil
        publishing = current.barrier
        control.status.lastCheckpointNanoseconds = now - current.barrier.triggeredAt
        control.publish(
            ManifestAssembly(graph: control.jobGraph, parts: parts).manifest(
                barrier: current.barrier,
                triggeredAt: current.wall,
                completedAt: control.world.clock.wallMilliseconds()
            )
        )
    }

    func declined(_ task: TaskID, _ checkpoint: CheckpointID, _ error: WeirError, now: Int64) {
        guard pending?.barrier.checkpoint == checkpoint else { return }
        giveUp(error, now: now)
    }

    private func giveUp(_ error: WeirError, now: Int64) {
        guard let barrier = pending?.barrier ?? publishing else { return }
        pending = nil
        publishing = nil
        parts = [:]
        failuresInRow += 1
        control.status.failedCheckpoints += 1
        control.broadcast(.aborted(barrier.checkpoint, control.attempt))
        control.onNotice("checkpoint \(barrier.checkpoint) failed: \(error)")
        let limit = control.settings.tolerableFailedCheckpoints
        if limit >= 0, failuresInRow > limit { control.fail(error, now: now) }
    }

    func published(_ checkpoint: CheckpointID, now: Int64) {
        guard let barrier = publishing, barrier.checkpoint == checkpoint else { return }
        publishing = nil
        failuresInRow = 0
        control.status.lastCheckpoint = checkpoint
        control.status.completedCheckpoints += 1
        control.progressed()
        committing = (checkpoint, tasks, checkpoint == last)
        let pause = now + control.settings.checkpointMinimumPause.wholeNanoseconds
        nextAt = nextAt.map { max($0, pause) }
        control.broadcast(.completed(checkpoint, control.attempt))
    }

    func publishFailed(_ checkpoint: CheckpointID, _ error: WeirError, now: Int64) {
        guard publishing?.checkpoint == checkpoint else { return }
        giveUp(error, now: now)
    }

    func committed(_ task: TaskID, _ checkpoint: CheckpointID, now: Int64) {
        guard committing?.checkpoint == checkpoint else { return }
        committing?.missing.remove(task)
        guard let done = committing, done.missing.isEmpty else { return }
        committing = nil
        if done.isLast { control.end(isStopping ? .suspended : .finished) }
    }

    func taskEnded(_ task: TaskID, now: Int64) { running.remove(task) }

    func stop(drain: Bool, now: Int64) { isStopping = !drain }

    private func name(of task: TaskID) -> String {
        let vertex = control.jobGraph.vertices[task.vertex]
        return "\(control.jobGraph.name(of: vertex)) (\(task.subtask + 1)/\(vertex.parallelism))"
    }
}
