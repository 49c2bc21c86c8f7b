import WeirCore
import WeirJobManager
import WeirPlan
import WeirSnapshot

/// Watches what a coordinator wants and says which rule it breaks.
struct CoordinatorWatcher {
    private(set) var attempt = Attempt(0)
    private(set) var completed: [CheckpointID] = []
    private(set) var broken: [String] = []
    private var highest = CheckpointID.none
    private var pending: CheckpointID?
    private var answered: Set<TaskID> = []
    private var finished: Set<TaskID> = []
    private var publishing: CheckpointID?
    private var published: Set<CheckpointID> = []
    private var isFinished = false
    /// Failures in a row since a stop was asked for; nil: it was not.
    private var stopFailures: Int?
    /// Whether a stop was given up.
    private(set) var hasGivenUp = false

    /// Nothing may be in progress, nor be asked for, once the job has ended.
    mutating func rest(_ pending: CheckpointID?) {
        if hasGivenUp, pending != nil { broken.append("a checkpoint after the stop was given up") }
        if let stopFailures, !hasGivenUp, stopFailures >= CheckpointPolicy.stopAttempts {
            broken.append("\(stopFailures) failures and no end")
        }
    }

    mutating func heard(_ event: CheckpointEvent) {
        switch event {
        case .attemptStarted(let started, let seen) where started > attempt:
            attempt = started
            highest = max(highest, seen)
            pending = nil
            publishing = nil
            finished = []
        case .acknowledged(let task, attempt, let id, _) where id == pending:
            answered.insert(task)
        case .taskFinished(let task, attempt, _):
            answered.insert(task)
            finished.insert(task)
        case .manifestPublished(let id) where id == publishing:
            published.insert(id)
        case .stopRequested where stopFailures == nil && !isFinished: stopFailures = 0
        case .attemptFailed where !isFinished: countFailure()
        default: break
        }
    }

    mutating func saw(_ action: CheckpointAction) {
        if case .schedule = action { return }
        if isFinished { broken.append("\(action) after the end") }
        switch action {
        case .trigger(let tasks, let barrier):
            if pending != nil || publishing != nil { broken.append("two at a time") }
            if barrier.checkpoint <= highest { broken.append("id \(barrier.checkpoint) again") }
            if barrier.attempt != attempt { broken.append("barrier of \(barrier.attempt)") }
            if !finished.isDisjoint(with: tasks) { broken.append("trigger of a finished task") }
            begin(barrier.checkpoint)
        case .publishManifest(let manifest):
            // Without unfinished tasks there is nothing to trigger.
            if pending == nil { begin(manifest.checkpoint) }
            if manifest.checkpoint != pending { broken.append("manifest of another checkpoint") }
            if answered != Set(Conversation.tasks) { broken.append("published with a gap") }
            if manifest.operators.contains(where: { $0.subtasks.count != 2 }) {
                broken.append("manifest with a gap")
            }
            pending = nil
            publishing = manifest.checkpoint
        case .notifyComplete(let id, let of):
            if !published.contains(id) || of != attempt { broken.append("commit of \(id)") }
            if let last = completed.last, last >= id { broken.append("commit of \(id) late") }
            completed.append(id)
            publishing = nil
            if stopFailures != nil { stopFailures = 0 }
        case .notifyAborted(let id, _, _):
            if id != pending && id != publishing { broken.append("abort of \(id)") }
            pending = nil
            publishing = nil
            countFailure()
        case .failJob: if let counted = stopFailures { stopFailures = counted - 1 }
        case .discard(let range):
            for id in [pending, publishing].compactMap({ $0 }) + completed where range.contains(id)
            {
                broken.append("deletion of \(id)")
            }
        case .stopFailed(let failures, _):
            if failures != stopFailures { broken.append("given up after \(failures)") }
            hasGivenUp = true
        case .finishJob(let id, _):
            if completed.last != id { broken.append("end without its commit") }
            isFinished = true
        default: break
        }
    }

    private mutating func countFailure() {
        if let counted = stopFailures { stopFailures = counted + 1 }
    }

    private mutating func begin(_ id: CheckpointID) {
        highest = max(highest, id)
        pending = id
        answered = finished
    }
}
