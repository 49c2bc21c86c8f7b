/// What is derived from the subtasks of a vertex.
extension VertexDetails {
    /// Where the vertex stands as a whole: by Flink's order, the worst state first.
    var aggregatedState: ExecutionState {
        let states = subtasks.map(\.state)
        for worse in [ExecutionState.failed, .canceling, .canceled, .initializing, .running]
        where states.contains(worse) {
            return worse
        }
        if states.contains(.finished) {
            return states.allSatisfy { $0 == .finished } ? .finished : .running
        }
        return .created
    }

    /// The subtasks by task manager, in the order of the first subtask of each.
    var subtasksByTaskManager: [(id: String, endpoint: String, subtasks: [SubtaskDetails])] {
        var groups: [(id: String, endpoint: String, subtasks: [SubtaskDetails])] = []
        for subtask in subtasks {
            let id = subtask.taskManagerID ?? SubtaskDetails.unassigned
            if let index = groups.firstIndex(where: { $0.id == id }) {
                groups[index].subtasks.append(subtask)
            } else {
                groups.append((id, subtask.endpoint ?? SubtaskDetails.unassigned, [subtask]))
            }
        }
        return groups
    }
}

extension SubtaskDetails {
    /// What Flink writes where there is no task manager yet.
    static let unassigned = "(unassigned)"

    /// When it was sent to its task manager; nil before.
    var startTime: Int64? { stateTimes[.deploying] }

    /// When it ended; nil while it has not.
    var endTime: Int64? { state.isTerminal ? stateTimes[state] : nil }

    /// Milliseconds that it spent in each state, 0 where it never was.
    func stateDurations(at now: Int64) -> [ExecutionState: Int64] {
        let path = [ExecutionState.created, .scheduled, .deploying, .initializing, .running]
        var durations: [ExecutionState: Int64] = [:]
        var left = endTime ?? now
        for state in path.reversed() {
            guard let entered = stateTimes[state] else {
                durations[state] = 0
                continue
            }
            durations[state] = max(0, left - entered)
            left = entered
        }
        return durations
    }
}

/// First start, last end and time between them of some subtasks.
struct TaskSpan {
    /// When the first was sent to its task manager; -1 before.
    let start: Int64
    /// When the last ended; -1 before.
    let end: Int64
    /// Milliseconds between the two, or until now; -1 before the start.
    let duration: Int64

    init(_ subtasks: [SubtaskDetails], at now: Int64) {
        start = subtasks.compactMap(\.startTime).min() ?? -1
        let ends = subtasks.compactMap(\.endTime)
        let hasEnded = !subtasks.isEmpty && ends.count == subtasks.count
        end = hasEnded ? ends.max() ?? -1 : -1
        duration = start < 0 ? -1 : max(0, (hasEnded ? end : now) - start)
    }
}

extension TaskMetrics {
    /// What some tasks did together.
    static func sum(_ parts: [TaskMetrics]) -> TaskMetrics {
        parts.reduce(into: TaskMetrics()) { total, part in
            total.readBytes &+= part.readBytes
            total.writtenBytes &+= part.writtenBytes
            total.readRecords &+= part.readRecords
            total.writtenRecords &+= part.writtenRecords
            total.backPressuredMilliseconds &+= part.backPressuredMilliseconds
            total.idleMilliseconds &+= part.idleMilliseconds
            total.busyMilliseconds &+= part.busyMilliseconds
        }
    }
}
