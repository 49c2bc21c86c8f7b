import WeirCore
import WeirPlan

/// What became of a job and of each of its tasks: a record for people and orchestrators.
///
/// A value that is told events; it decides nothing. Of each task the present attempt is kept, of failures
/// the last ones.
public struct ExecutionGraph: Sendable {
    /// What happens.
    public enum Event: Sendable {
        /// An attempt waits for slots and for workers.
        case scheduled(Attempt)
        /// The workers of an attempt were told to start its tasks: by slot, where.
        case deployed(Attempt, [SlotLocation])
        /// A task takes rows.
        case running(TaskID, Attempt)
        /// Something failed; the task that did, if it was one.
        case failed(Attempt, WeirError, TaskID?)
        /// The tasks of an attempt are being ended; another one follows, or the job ends.
        case cancelling(Attempt)
        /// The tasks of an attempt have ended.
        case cancelled(Attempt)
        /// A person wants the job to end at once.
        case cancelRequested
        /// The job is over.
        case ended(JobState)
    }

    /// Failures that are kept.
    public static let mostFailures = 16

    /// Where the job stands.
    public private(set) var state = JobState.created
    /// When the job came into each state, for the last time, in milliseconds since the epoch.
    public private(set) var times: [JobState: Int64]
    /// The tasks.
    public private(set) var executions: [TaskID: Execution]
    /// The last failures, the oldest first.
    public private(set) var failures: [RecordedFailure] = []
    /// Whether older failures were forgotten.
    public private(set) var isTruncated = false
    private var graph: JobGraph

    /// The record of a job that was created at a time, in milliseconds since the epoch.
    public init(_ graph: JobGraph, at time: Int64) {
        self.graph = graph
        times = [.created: time]
        executions = Self.created(graph, time)
    }

    private static func created(_ graph: JobGraph, _ time: Int64) -> [TaskID: Execution] {
        var executions: [TaskID: Execution] = [:]
        for vertex in graph.vertices {
            for subtask in 0..<vertex.parallelism {
                let id = TaskID(vertex: vertex.number, subtask: subtask)
                executions[id] = Execution(times: [.created: time])
            }
        }
        return executions
    }

    /// The next attempt has other tasks; a time in milliseconds since the epoch.
    mutating func replan(_ graph: JobGraph, at time: Int64) {
        self.graph = graph
        executions = Self.created(graph, time)
        if !state.isTerminal, state != .cancelling { enter(.restarting, time) }
    }

    /// How many tasks are in each state; states without tasks are missing.
    public var counts: [ExecutionState: Int] {
        executions.values.reduce(into: [:]) { $0[$1.state, default: 0] += 1 }
    }

    /// Takes an event at a time, in milliseconds since the epoch; what is stale changes nothing.
    public mutating func handle(_ event: Event, at time: Int64) {
        #if Sabotage
        TransitionCoverage.note("ExecutionGraph", "\(state)", event)
        #endif
        switch event {
        case .scheduled(let attempt): scheduled(attempt, time)
        case .deployed(let attempt, let places): deployed(attempt, places, time)
        case .running(let task, let attempt):
            move(task, attempt, to: .running, time)
            let areAllRunning = executions.values.allSatisfy { $0.state == .running }
            if areAllRunning, state != .cancelling { enter(.running, time) }
        case .failed(let attempt, let error, let task): failed(attempt, error, task, time)
        case .cancelling(let attempt): moveAll(attempt, to: .canceling, time)
        case .cancelled(let attempt): moveAll(attempt, to: .canceled, time)
        case .cancelRequested: if !state.isTerminal { enter(.cancelling, time) }
        case .ended(let end): ended(end, time)
        }
    }

    private mutating func scheduled(_ attempt: Attempt, _ time: Int64) {
        for id in executions.keys where (executions[id]?.attempt ?? attempt) < attempt {
            executions[id] = Execution(
                attempt: attempt,
                state: .scheduled,
                times: [.created: time, .scheduled: time]
            )
        }
    }

    private mutating func deployed(
        _ attempt: Attempt,
        _ places: [SlotLocation],
        _ time: Int64
    ) {
        moveAll(attempt, to: .deploying, time)
        for id in executions.keys where executions[id]?.attempt == attempt {
            guard id.subtask < places.count else { continue }
            executions[id]?.taskManager = places[id.subtask].taskManager
            executions[id]?.worker = places[id.subtask].worker
        }
    }

    private mutating func failed(
        _ attempt: Attempt,
        _ error: WeirError,
        _ task: TaskID?,
        _ time: Int64
    ) {
        guard !state.isTerminal else { return }
        if let task { move(task, attempt, to: .failed, time) }
        let execution = task.flatMap { executions[$0] }
        failures.append(
            RecordedFailure(
                error: error,
                time: time,
                taskName: task.map(name),
                taskManager: execution?.taskManager
            )
        )
        if failures.count > Self.mostFailures {
            failures.removeFirst()
            isTruncated = true
        }
        if state != .cancelling { enter(.restarting, time) }
    }

    private mutating func ended(_ end: JobState, _ time: Int64) {
        guard !state.isTerminal else { return }
        let last: ExecutionState =
            switch end {
            case .finished: .finished
            default: .canceled
            }
        for id in executions.keys where executions[id]?.state.isTerminal == false {
            executions[id]?.state = last
            executions[id]?.times[last] = time
        }
        // What was ended by its own last checkpoint has finished.
        if end == .finished {
            for id in executions.keys where executions[id]?.state == .canceled {
                executions[id]?.state = .finished
                executions[id]?.times[.finished] = time
            }
        }
        enter(end, time)
    }

    private mutating func enter(_ next: JobState, _ time: Int64) {
        guard state != next else { return }
        state = next
        times[next] = time
    }

    private mutating func move(
        _ task: TaskID,
        _ attempt: Attempt,
        to next: ExecutionState,
        _ time: Int64
    ) {
        guard let execution = executions[task], execution.attempt == attempt,
            !execution.state.isTerminal, execution.state != next
        else { return }
        executions[task]?.state = next
        executions[task]?.times[next] = time
    }

    private mutating func moveAll(
        _ attempt: Attempt,
        to next: ExecutionState,
        _ time: Int64
    ) {
        for id in executions.keys { move(id, attempt, to: next, time) }
    }

    /// What people call a task: `join 2/4`.
    public func name(_ task: TaskID) -> String {
        let vertex = graph.vertices[task.vertex]
        return "\(graph.name(of: vertex)) \(task.subtask + 1)/\(vertex.parallelism)"
    }
}
