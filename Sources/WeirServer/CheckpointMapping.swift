import WeirControl
import WeirCore
import WeirJobManager
import WeirPlan
import WeirREST

/// What the REST server is told of a job's checkpoints, made of what its job manager knows.
extension JobReport {
    var checkpointStatistics: WeirREST.CheckpointStatistics {
        let history = status.checkpoints
        let records = history?.records ?? []
        let completed = records.filter { $0.outcome == .completed }.map(\.whole)
        let durations = records.filter { $0.outcome == .completed }.map(\.duration)
        return WeirREST.CheckpointStatistics(
            counts: CheckpointCounts(
                restored: history?.restores ?? 0,
                total: status.completedCheckpoints + status.failedCheckpoints
                    + records.count { $0.outcome == .inProgress },
                inProgress: records.count { $0.outcome == .inProgress },
                completed: status.completedCheckpoints,
                failed: status.failedCheckpoints
            ),
            summary: CheckpointSummary(
                checkpointedSize: Distribution(of: completed.map { Int64($0.newBytes) }),
                stateSize: Distribution(of: completed.map { Int64($0.stateBytes) }),
                endToEndDuration: Distribution(of: durations),
                processedData: Distribution(of: completed.map { _ in 0 }),
                persistedData: Distribution(of: completed.map { Int64($0.inFlightBytes) })
            ),
            latestCompleted: history?.latestCompleted.map(details),
            latestSavepoint: history?.latestSavepoint.map(details),
            latestFailed: history?.latestFailed.map(details),
            latestRestored: history?.latestRestored.map { restored in
                RestoredCheckpoint(
                    id: restored.id.number,
                    restoreTime: restored.at,
                    isSavepoint: restored.isSavepoint,
                    location: location(of: restored.id)
                )
            },
            history: records.reversed().map(details)
        )
    }

    /// Where a checkpoint is, as `--from` takes it.
    func location(of id: CheckpointID) -> String { "\(checkpointDirectory)/chk-\(id)" }

    func details(_ record: CheckpointRecord) -> CheckpointDetails {
        let kind: CheckpointDetails.Kind =
            switch (record.isSavepoint, record.isFinal) {
            case (true, true): .synchronousSavepoint
            case (true, false): .savepoint
            case (false, _): record.isUnaligned ? .unaligned : .aligned
            }
        let outcome: CheckpointDetails.Outcome =
            switch record.outcome {
            case .inProgress: .inProgress
            case .completed: .completed(location: location(of: record.id), isDiscarded: false)
            case .failed(let time, let message): .failed(time: time, message: message)
            }
        return CheckpointDetails(
            id: record.id.number,
            kind: kind,
            outcome: outcome,
            triggerTime: record.triggeredAt,
            progress: progress(record.whole, record),
            // The graph may have changed since.
            tasks: record.vertices.reduce(into: [:]) { tasks, vertex in
                guard graph.vertices.indices.contains(vertex.key) else { return }
                tasks[graph.id(of: graph.vertices[vertex.key])] = progress(vertex.value, record)
            }
        )
    }

    private func progress(
        _ part: CheckpointRecord.Part,
        _ record: CheckpointRecord
    ) -> CheckpointProgress {
        CheckpointProgress(
            latestAcknowledgement: part.latestAcknowledgement,
            checkpointedSize: Int64(part.newBytes),
            stateSize: Int64(part.stateBytes),
            endToEndDuration: max(
                0,
                (part.latestAcknowledgement ?? record.triggeredAt) - record.triggeredAt
            ),
            processedData: 0,
            persistedData: Int64(part.inFlightBytes),
            subtasks: part.tasks,
            acknowledgedSubtasks: part.acknowledged
        )
    }
}

extension CheckpointRecord {
    fileprivate var duration: Int64 {
        max(0, (whole.latestAcknowledgement ?? triggeredAt) - triggeredAt)
    }
}
