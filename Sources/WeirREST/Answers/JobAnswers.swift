extension JobSummary {
    /// An entry of `GET /jobs`.
    func shortAnswer() -> JSONValue { ["id": .text(id), "status": .text(status.rawValue)] }

    /// An entry of `GET /jobs/overview`.
    func answer(at now: Int64) -> JSONValue {
        [
            "jid": .text(id),
            "name": .text(name),
            "jobType": "STREAMING",
            "schedulerType": .text(schedulerType),
            "start-time": .integer(startTime),
            "end-time": .integer(endTime ?? -1),
            "duration": .integer(duration(at: now)),
            "state": .text(status.rawValue),
            "last-modification": .integer(lastModification),
            "tasks": taskCounts(),
            "pending-operators": 0,
        ]
    }

    /// The name of Flink's scheduler that does likewise.
    var schedulerType: String { isAdaptive ? "Adaptive" : "Default" }

    private func taskCounts() -> JSONValue {
        var counts: [String: JSONValue] = ["total": .count(tasks.values.reduce(0, +))]
        for state in ExecutionState.allCases {
            counts[state.rawValue.lowercased()] = .count(tasks[state] ?? 0)
        }
        return .object(counts)
    }
}

extension JobDetails {
    /// `GET /jobs/:jobid`.
    func answer(at now: Int64) -> JSONValue {
        [
            "jid": .text(summary.id),
            "application-id": .text(summary.id),
            "name": .text(summary.name),
            "isStoppable": .boolean(isStoppable),
            "state": .text(summary.status.rawValue),
            "job-type": "STREAMING",
            "schedulerType": .text(summary.schedulerType),
            "start-time": .integer(summary.startTime),
            "end-time": .integer(summary.endTime ?? -1),
            "duration": .integer(summary.duration(at: now)),
            "maxParallelism": .count(maxParallelism ?? -1),
            "now": .integer(now),
            "timestamps": timestamps(),
            "vertices": .array(vertices.map { $0.summaryAnswer(at: now) }),
            "status-counts": .counts(vertices.map(\.aggregatedState)),
            "plan": plan.answer(),
            "pending-operators": 0,
        ]
    }

    private func timestamps() -> JSONValue {
        var times: [String: JSONValue] = [:]
        for status in JobStatus.allCases {
            times[status.rawValue] = .integer(statusTimes[status] ?? 0)
        }
        return .object(times)
    }

    /// `GET /jobs/:jobid/execution-result`, `failure` being the one that ended the job.
    func resultAnswer(failure: JobFailure?) -> JSONValue {
        guard summary.status.isTerminal, let end = summary.endTime else {
            return ["status": ["id": "IN_PROGRESS"], "job-execution-result": .null]
        }
        var result: [String: JSONValue] = [
            "id": .text(summary.id),
            "name": .text(summary.name),
            "application-status": .text(applicationStatus),
            "accumulator-results": [:],
            "net-runtime": .integer(summary.duration(at: end)),
            "application-id": .text(summary.id),
            "start-time": .integer(summary.startTime),
            "end-time": .integer(end),
        ]
        if let failure {
            result["failure-cause"] = .failureCause(name: failure.name, text: failure.text)
        }
        return ["status": ["id": "COMPLETED"], "job-execution-result": .object(result)]
    }

    private var applicationStatus: String {
        switch summary.status {
        case .finished: "SUCCEEDED"
        case .failed: "FAILED"
        case .canceled: "CANCELED"
        default: "UNKNOWN"
        }
    }
}

extension JobConfiguration {
    /// `GET /jobs/:jobid/config`.
    func answer(jobID: String) -> JSONValue {
        [
            "jid": .text(jobID),
            "name": .text(name),
            "execution-config": [
                "restart-strategy": .text(restartStrategy),
                "job-parallelism": .count(parallelism),
                "object-reuse-mode": false,
                "user-config": .texts(userConfiguration),
            ],
        ]
    }
}

extension JobPlan {
    /// The object under `plan`.
    func answer() -> JSONValue {
        [
            "jid": .text(jobID),
            "name": .text(name),
            "type": "STREAMING",
            "nodes": .array(nodes.map { $0.answer() }),
        ]
    }
}

extension PlanNode {
    fileprivate func answer() -> JSONValue {
        var fields: [String: JSONValue] = [
            "id": .text(id),
            "operator": "",
            "parallelism": .count(parallelism),
            "operator_strategy": "",
            "description": .text(description),
            "optimizer_properties": [:],
        ]
        if !inputs.isEmpty {
            fields["inputs"] = .array(
                inputs.enumerated().map { number, input in
                    [
                        "id": .text(input.vertexID),
                        "num": .count(number),
                        "exchange": "pipelined_bounded",
                        "ship_strategy": .text(input.shipStrategy.rawValue),
                    ]
                }
            )
        }
        return .object(fields)
    }
}
