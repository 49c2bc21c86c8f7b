import WeirCore
import WeirData
import WeirJobManager
import WeirPlan
import WeirSnapshot

/// A coordinator of a small job, driven by hand: source x2 -> keyed count x2.
struct Conversation {
    static let tasks = [
        TaskID(vertex: 0, subtask: 0), TaskID(vertex: 0, subtask: 1),
        TaskID(vertex: 1, subtask: 0), TaskID(vertex: 1, subtask: 1),
    ]
    static let sources = Array(tasks[..<2])
    static let first = Attempt(1)

    var coordinator: CheckpointCoordinator
    var now: Int64 = 0
    /// Nearly every answer sets a timer or cleans up; most conversations leave that out.
    var leavesOutHousekeeping = true

    static func graph() throws -> JobGraph {
        let source = StreamNode(
            number: 0,
            path: "source",
            name: "source",
            role: .source,
            parallelism: nil,
            inputs: [],
            outputs: [Schema([])],
            keyColumns: nil,
            isStateful: true,
            allowsChaining: false
        )
        let count = StreamNode(
            number: 1,
            path: "count",
            name: "count",
            role: .sink,
            parallelism: nil,
            inputs: [StreamNode.Input(source: 0, output: 0, exchange: .rebalance, input: 0)],
            outputs: [],
            keyColumns: nil,
            isStateful: true,
            allowsChaining: false
        )
        return try JobGraph(
            StreamGraph(name: "job", nodes: [source, count]),
            parallelism: 2,
            maxParallelism: 128
        )
    }

    init(
        interval: Int64? = 100,
        timeout: Int64 = 1000,
        minimumPause: Int64 = 0,
        tolerableFailures: Int? = nil
    ) throws {
        coordinator = CheckpointCoordinator(
            plan: CheckpointPlan(jobID: "id", graph: try Self.graph()),
            policy: CheckpointPolicy(
                interval: interval,
                timeout: timeout,
                minimumPause: minimumPause,
                tolerableFailures: tolerableFailures
            )
        )
    }

    /// A conversation in which all tasks of attempt 1 run since time 0.
    static func running(
        interval: Int64? = 100,
        timeout: Int64 = 1000,
        minimumPause: Int64 = 0,
        tolerableFailures: Int? = nil
    ) throws -> Conversation {
        var conversation = try Conversation(
            interval: interval,
            timeout: timeout,
            minimumPause: minimumPause,
            tolerableFailures: tolerableFailures
        )
        _ = conversation.say(.attemptStarted(first, highest: .none), at: 0)
        _ = conversation.say(.allTasksRunning(first), at: 0)
        return conversation
    }

    static let enumerator = TaskID(vertex: 0, subtask: 0)
    static let readers = [TaskID(vertex: 1, subtask: 0), TaskID(vertex: 1, subtask: 1)]

    /// A conversation about an enumerator that deals splits to two readers; attempt 1 runs.
    static func withEnumerator() throws -> Conversation {
        let enumerator = StreamNode(
            number: 0,
            path: "enumerator",
            name: "enumerator",
            role: .source,
            parallelism: 1,
            inputs: [],
            outputs: [Schema([])],
            keyColumns: nil,
            isStateful: true,
            allowsChaining: false
        )
        let reader = StreamNode(
            number: 1,
            path: "reader",
            name: "reader",
            role: .source,
            parallelism: nil,
            inputs: [StreamNode.Input(source: 0, output: 0, exchange: .pull, input: 0)],
            outputs: [Schema([])],
            keyColumns: nil,
            isStateful: true,
            allowsChaining: false
        )
        let graph = try JobGraph(
            StreamGraph(name: "job", nodes: [enumerator, reader]),
            parallelism: 2,
            maxParallelism: 128
        )
        var conversation = try Conversation(interval: nil)
        conversation.coordinator = CheckpointCoordinator(
            plan: CheckpointPlan(jobID: "id", graph: graph),
            policy: CheckpointPolicy(interval: nil, timeout: 1000)
        )
        _ = conversation.say(.attemptStarted(first, highest: .none), at: 0)
        _ = conversation.say(.allTasksRunning(first), at: 0)
        return conversation
    }

    /// Tells the coordinator something; returns what it wants done.
    mutating func say(_ event: CheckpointEvent, at time: Int64? = nil) -> [CheckpointAction] {
        now = time ?? now
        let actions = coordinator.handle(event, at: Moment(monotonic: now, wall: now + 1_000_000))
        guard leavesOutHousekeeping else { return actions }
        return actions.filter {
            switch $0 {
            case .schedule, .clean, .discard: false
            default: true
            }
        }
    }

    /// All tasks acknowledge; returns what follows from the last answer.
    mutating func acknowledgeAll(
        _ number: UInt64,
        attempt: Attempt = first,
        except: Set<TaskID> = []
    ) -> [CheckpointAction] {
        var actions: [CheckpointAction] = []
        for task in Self.tasks where !except.contains(task) {
            actions = say(
                .acknowledged(task, attempt, CheckpointID(number), Self.snapshot(of: task))
            )
        }
        return actions
    }

    /// The part of a task: one blob that names it.
    static func snapshot(of task: TaskID) -> TaskSnapshot {
        let blob = StateBlob(
            name: "state",
            redistribution: 0,
            elements: [[UInt8(task.vertex), UInt8(task.subtask)]]
        )
        return TaskSnapshot(
            parts: [
                TaskSnapshot.Part(
                    operatorID: OperatorID(path: task.vertex == 0 ? "source" : "count"),
                    states: [],
                    subtask: SubtaskSnapshot(index: task.subtask, blobs: [blob])
                )
            ])
    }

    static func barrier(
        _ number: UInt64,
        at time: Int64,
        attempt: Attempt = first,
        purpose: CheckpointBarrier.Purpose = .checkpoint,
        after completed: CheckpointID = .none
    ) -> CheckpointBarrier {
        CheckpointBarrier(
            checkpoint: CheckpointID(number),
            attempt: attempt,
            purpose: purpose,
            completed: completed,
            triggeredAt: time
        )
    }
}

extension [CheckpointAction] {
    /// The manifest that is to be published.
    var manifest: CheckpointManifest? {
        for case .publishManifest(let manifest) in self { return manifest }
        return nil
    }

    /// The error of an aborted checkpoint, if that is the first action.
    var abortion: WeirError? {
        guard case .notifyAborted(_, _, let error) = first else { return nil }
        return error
    }
}
