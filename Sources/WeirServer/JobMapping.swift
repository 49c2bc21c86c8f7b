import WeirControl
import WeirCore
import WeirJobManager
import WeirPlan
import WeirREST

/// What the REST server is told of a job, made of what its job manager knows.
extension JobReport {
    var summary: JobSummary {
        JobSummary(
            id: id.description,
            name: name,
            status: state.inREST,
            startTime: startedAt,
            endTime: endedAt,
            lastModification: execution.times.values.max() ?? startedAt,
            tasks: execution.counts.reduce(into: [:]) { $0[$1.key.inREST] = $1.value }
        )
    }

    var details: JobDetails {
        JobDetails(
            summary: summary,
            statusTimes: execution.times.reduce(into: [:]) { $0[$1.key.inREST] = $1.value },
            maxParallelism: graph.maxParallelism,
            isStoppable: !state.isTerminal,
            vertices: graph.vertices.map(details),
            plan: graph.plan(of: id, name)
        )
    }

    private func details(_ vertex: JobVertex) -> VertexDetails {
        VertexDetails(
            id: graph.id(of: vertex),
            name: graph.name(of: vertex),
            maxParallelism: graph.hasFixedParallelism(vertex)
                ? vertex.parallelism : graph.maxParallelism,
            slotSharingGroupID: id.description,
            subtasks: (0..<vertex.parallelism).map { index in
                details(TaskID(vertex: vertex.number, subtask: index))
            }
        )
    }

    private func details(_ task: TaskID) -> SubtaskDetails {
        let execution = execution.executions[task]
        let metrics = status.tasks[task]
        let watermark = metrics?.watermark
        return SubtaskDetails(
            index: task.subtask,
            state: (execution?.state ?? .created).inREST,
            // Flink counts from 0, a job's first attempt here is 1.
            attempt: max(0, Int(clamping: execution?.attempt.number ?? 0) - 1),
            endpoint: execution?.taskManager,
            taskManagerID: execution?.taskManager,
            stateTimes: (execution?.times ?? [:]).reduce(into: [:]) {
                $0[$1.key.inREST] = $1.value
            },
            metrics: WeirREST.TaskMetrics(
                readRecords: metrics?.rowsIn ?? 0,
                writtenRecords: metrics?.rowsOut ?? 0,
                backPressuredMilliseconds: (metrics?.backpressuredNanoseconds ?? 0) / 1_000_000,
                idleMilliseconds: (metrics?.idleNanoseconds ?? 0) / 1_000_000,
                busyMilliseconds: (metrics?.busyNanoseconds ?? 0) / 1_000_000
            ),
            inputWatermark: watermark == .min || watermark == EventTimes.minimum ? nil : watermark
        )
    }

    /// The failures, the youngest first.
    func failures(limit: Int) -> JobFailures {
        let all = execution.failures.reversed().map { failure in
            JobFailure(
                name: failure.error.code.id,
                text: "\(failure.error)",
                time: failure.time,
                labels: ["kind": failure.error.kind.rawValue],
                taskName: failure.taskName,
                endpoint: failure.taskManager,
                taskManagerID: failure.taskManager
            )
        }
        return JobFailures(
            entries: Array(all.prefix(limit)),
            isTruncated: execution.isTruncated || all.count > limit
        )
    }
}

extension JobGraph {
    /// A vertex's id: 32 hexadecimal digits, the same as long as its first operator is.
    func id(of vertex: JobVertex) -> String {
        let head = streamGraph.nodes[vertex.head]
        return "\(head.id)\(OperatorID(path: "vertex \(head.path)"))"
    }

    /// The vertices and their exchanges.
    func plan(of job: JobID, _ name: String) -> JobPlan {
        JobPlan(
            jobID: job.description,
            name: name,
            nodes: vertices.map { vertex in
                PlanNode(
                    id: id(of: vertex),
                    parallelism: vertex.parallelism,
                    description: self.name(of: vertex),
                    inputs: edges.filter { $0.target == vertex.number }.map { edge in
                        PlanInput(
                            vertexID: id(of: vertices[edge.source]),
                            shipStrategy: edge.exchange.shipStrategy
                        )
                    }
                )
            }
        )
    }
}

extension Exchange {
    fileprivate var shipStrategy: PlanInput.ShipStrategy {
        switch self {
        case .forward: .forward
        case .rebalance: .rebalance
        case .broadcast: .broadcast
        case .hash: .hash
        case .pull: .custom
        }
    }
}

extension JobState {
    var inREST: WeirREST.JobStatus { WeirREST.JobStatus(rawValue: rawValue) ?? .running }
}

extension WeirJobManager.ExecutionState {
    var inREST: WeirREST.ExecutionState {
        WeirREST.ExecutionState(rawValue: rawValue) ?? .created
    }
}
