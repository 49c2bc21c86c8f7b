extension VertexDetails {
    /// An entry of `vertices` in `GET /jobs/:jobid`.
    func summaryAnswer(at now: Int64) -> JSONValue {
        let span = TaskSpan(subtasks, at: now)
        return [
            "id": .text(id),
            "slotSharingGroupId": .text(slotSharingGroupID),
            "name": .text(name),
            "maxParallelism": .count(maxParallelism),
            "parallelism": .count(parallelism),
            "status": .text(aggregatedState.rawValue),
            "start-time": .integer(span.start),
            "end-time": .integer(span.end),
            "duration": .integer(span.duration),
            "tasks": .counts(subtasks.map(\.state)),
            "metrics": TaskMetrics.sum(subtasks.map(\.metrics)).answer(),
        ]
    }

    /// `GET /jobs/:jobid/vertices/:vertexid`.
    func answer(at now: Int64) -> JSONValue {
        [
            "id": .text(id),
            "name": .text(name),
            "parallelism": .count(parallelism),
            "maxParallelism": .count(maxParallelism),
            "now": .integer(now),
            "subtasks": .array(subtasks.map { $0.answer(at: now) }),
            "aggregated": .aggregated(subtasks, at: now),
        ]
    }

    /// `GET /jobs/:jobid/vertices/:vertexid/subtasktimes`.
    func timesAnswer(at now: Int64) -> JSONValue {
        [
            "id": .text(id),
            "name": .text(name),
            "now": .integer(now),
            "subtasks": .array(subtasks.map { $0.timesAnswer(at: now) }),
        ]
    }

    /// `GET /jobs/:jobid/vertices/:vertexid/taskmanagers`.
    func taskManagersAnswer(at now: Int64) -> JSONValue {
        [
            "id": .text(id),
            "name": .text(name),
            "now": .integer(now),
            "taskmanagers": .array(
                subtasksByTaskManager.map { group in
                    let span = TaskSpan(group.subtasks, at: now)
                    var part = self
                    part.subtasks = group.subtasks
                    return [
                        "endpoint": .text(group.endpoint),
                        "status": .text(part.aggregatedState.rawValue),
                        "start-time": .integer(span.start),
                        "end-time": .integer(span.end),
                        "duration": .integer(span.duration),
                        "metrics": TaskMetrics.sum(group.subtasks.map(\.metrics)).answer(),
                        "status-counts": .counts(group.subtasks.map(\.state)),
                        "taskmanager-id": .text(group.id),
                        "aggregated": .aggregated(group.subtasks, at: now),
                    ]
                }
            ),
        ]
    }

    /// `GET /jobs/:jobid/vertices/:vertexid/watermarks`.
    func watermarksAnswer() -> JSONValue {
        .array(
            subtasks.compactMap { subtask in
                subtask.inputWatermark.map {
                    [
                        "id": .text("\(subtask.index).currentInputWatermark"),
                        "value": .text(String($0)),
                    ]
                }
            }
        )
    }
}

extension SubtaskDetails {
    fileprivate func answer(at now: Int64) -> JSONValue {
        let span = TaskSpan([self], at: now)
        var durations: [String: JSONValue] = [:]
        for (state, milliseconds) in stateDurations(at: now) {
            durations[state.rawValue] = .integer(milliseconds)
        }
        return [
            "subtask": .count(index),
            "status": .text(state.rawValue),
            "attempt": .count(attempt),
            "endpoint": .text(endpoint ?? Self.unassigned),
            "start-time": .integer(span.start),
            "end-time": .integer(span.end),
            "duration": .integer(span.duration),
            "metrics": metrics.answer(),
            "taskmanager-id": .text(taskManagerID ?? Self.unassigned),
            "status-duration": .object(durations),
            "start_time": .integer(span.start),
        ]
    }

    fileprivate func timesAnswer(at now: Int64) -> JSONValue {
        var times: [String: JSONValue] = [:]
        for state in ExecutionState.allCases {
            times[state.rawValue] = .integer(stateTimes[state] ?? 0)
        }
        let scheduled = stateTimes[.scheduled]
        return [
            "subtask": .count(index),
            "endpoint": .text(endpoint ?? Self.unassigned),
            "duration": .integer(scheduled.map { max(0, (endTime ?? now) - $0) } ?? -1),
            "timestamps": .object(times),
        ]
    }
}

extension TaskMetrics {
    /// The object under `metrics`.
    ///
    /// All numbers are complete: they come with the heartbeats.
    fileprivate func answer() -> JSONValue {
        [
            "read-bytes": .integer(readBytes),
            "read-bytes-complete": true,
            "write-bytes": .integer(writtenBytes),
            "write-bytes-complete": true,
            "read-records": .integer(readRecords),
            "read-records-complete": true,
            "write-records": .integer(writtenRecords),
            "write-records-complete": true,
            "accumulated-backpressured-time": .integer(backPressuredMilliseconds),
            "accumulated-idle-time": .integer(idleMilliseconds),
            "accumulated-busy-time": .decimal(Double(busyMilliseconds)),
        ]
    }
}

extension JSONValue {
    /// How many there are of each state.
    static func counts(_ states: [ExecutionState]) -> JSONValue {
        var counts: [String: JSONValue] = [:]
        for state in ExecutionState.allCases {
            counts[state.rawValue] = .count(states.lazy.filter { $0 == state }.count)
        }
        return .object(counts)
    }

    /// How metrics and durations are distributed over some subtasks.
    fileprivate static func aggregated(_ subtasks: [SubtaskDetails], at now: Int64) -> JSONValue {
        let metrics = subtasks.map(\.metrics)
        let durations = subtasks.map { $0.stateDurations(at: now) }
        var byState: [String: JSONValue] = [:]
        for state in [ExecutionState.created, .scheduled, .deploying, .initializing, .running] {
            byState[state.rawValue] = .quartiles(durations.map { $0[state] ?? 0 })
        }
        return [
            "metrics": [
                "read-bytes": .quartiles(metrics.map(\.readBytes)),
                "write-bytes": .quartiles(metrics.map(\.writtenBytes)),
                "read-records": .quartiles(metrics.map(\.readRecords)),
                "write-records": .quartiles(metrics.map(\.writtenRecords)),
                "accumulated-backpressured-time":
                    .quartiles(metrics.map(\.backPressuredMilliseconds)),
                "accumulated-idle-time": .quartiles(metrics.map(\.idleMilliseconds)),
                "accumulated-busy-time": .quartiles(metrics.map(\.busyMilliseconds)),
            ],
            "status-duration": .object(byState),
        ]
    }

    private static func quartiles(_ samples: [Int64]) -> JSONValue {
        let distribution = Distribution(of: samples)
        func percentile(_ percent: Double) -> JSONValue {
            .integer(
                samples.isEmpty
                    ? 0 : Int64(exactly: distribution.percentile(percent).rounded(.down)) ?? .max
            )
        }
        return [
            "min": .integer(distribution.minimum),
            "max": .integer(distribution.maximum),
            "avg": .integer(distribution.average),
            "sum": .integer(distribution.sum),
            "median": percentile(50),
            "p25": percentile(25),
            "p75": percentile(75),
            "p95": percentile(95),
        ]
    }
}
