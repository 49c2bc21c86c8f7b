extension CheckpointStatistics {
    /// `GET /jobs/:jobid/checkpoints`.
    func answer() -> JSONValue {
        [
            "counts": [
                "restored": .count(counts.restored),
                "total": .count(counts.total),
                "in_progress": .count(counts.inProgress),
                "completed": .count(counts.completed),
                "failed": .count(counts.failed),
            ],
            "summary": summary.answer(),
            "latest": [
                "completed": latestCompleted?.answer(withTasks: false) ?? .null,
                "savepoint": latestSavepoint?.answer(withTasks: false) ?? .null,
                "failed": latestFailed?.answer(withTasks: false) ?? .null,
                "restored": latestRestored?.answer() ?? .null,
            ],
            "history": .array(history.map { $0.answer(withTasks: false) }),
        ]
    }
}

extension CheckpointSummary {
    fileprivate func answer() -> JSONValue {
        [
            "checkpointed_size": checkpointedSize.answer(),
            "state_size": stateSize.answer(),
            "end_to_end_duration": endToEndDuration.answer(),
            "alignment_buffered": .object(Self.nothingBuffered),
            "processed_data": processedData.answer(),
            "persisted_data": persistedData.answer(),
        ]
    }

    /// Alignment buffers nothing, in Flink since 1.10, in Weir never.
    private static var nothingBuffered: [String: JSONValue] {
        [
            "min": 0, "max": 0, "avg": 0, "p50": .decimal(0), "p90": .decimal(0),
            "p95": .decimal(0), "p99": .decimal(0), "p999": .decimal(0),
        ]
    }
}

extension Distribution {
    fileprivate func answer() -> JSONValue {
        [
            "min": .integer(minimum),
            "max": .integer(maximum),
            "avg": .integer(average),
            "p50": .decimal(percentile(50)),
            "p90": .decimal(percentile(90)),
            "p95": .decimal(percentile(95)),
            "p99": .decimal(percentile(99)),
            "p999": .decimal(percentile(99.9)),
        ]
    }
}

extension RestoredCheckpoint {
    fileprivate func answer() -> JSONValue {
        [
            "id": .count(id),
            "restore_timestamp": .integer(restoreTime),
            "is_savepoint": .boolean(isSavepoint),
            "external_path": .text(location),
        ]
    }
}

extension CheckpointDetails {
    /// `GET /jobs/:jobid/checkpoints/details/:checkpointid`; in lists without the vertices.
    func answer(withTasks: Bool) -> JSONValue {
        var fields = progress.fields(id: id, status: status)
        fields["is_savepoint"] = .boolean(kind.isSavepoint)
        fields["savepointFormat"] = kind.isSavepoint ? "NATIVE" : .null
        fields["trigger_timestamp"] = .integer(triggerTime)
        fields["checkpoint_type"] = .text(kind.rawValue)
        fields["tasks"] = .object(
            withTasks ? tasks.mapValues { .object($0.fields(id: id, status: status)) } : [:]
        )
        switch outcome {
        case .inProgress:
            fields["className"] = "in_progress"
        case .completed(let location, let isDiscarded):
            fields["className"] = "completed"
            fields["external_path"] = .text(location)
            fields["discarded"] = .boolean(isDiscarded)
        case .failed(let time, let message):
            fields["className"] = "failed"
            fields["failure_timestamp"] = .integer(time)
            fields["failure_message"] = .text(message)
        }
        return .object(fields)
    }

    private var status: String {
        switch outcome {
        case .inProgress: "IN_PROGRESS"
        case .completed: "COMPLETED"
        case .failed: "FAILED"
        }
    }
}

extension CheckpointProgress {
    fileprivate func fields(id: UInt64, status: String) -> [String: JSONValue] {
        [
            "id": .count(id),
            "status": .text(status),
            "latest_ack_timestamp": .integer(latestAcknowledgement ?? -1),
            "checkpointed_size": .integer(checkpointedSize),
            "state_size": .integer(stateSize),
            "end_to_end_duration": .integer(endToEndDuration),
            "alignment_buffered": 0,
            "processed_data": .integer(processedData),
            "persisted_data": .integer(persistedData),
            "num_subtasks": .count(subtasks),
            "num_acknowledged_subtasks": .count(acknowledgedSubtasks),
        ]
    }
}

extension CheckpointConfiguration {
    /// `GET /jobs/:jobid/checkpoints/config`.
    func answer() -> JSONValue {
        [
            "mode": "exactly_once",
            "interval": .integer(interval),
            "timeout": .integer(timeout),
            "min_pause": .integer(minimumPause),
            "max_concurrent": .count(maximumConcurrent),
            "externalization": [
                "enabled": .boolean(isRetainedAtEnd),
                "delete_on_cancellation": .boolean(!isRetainedAtEnd),
            ],
            "state_backend": .text(stateBackend),
            "checkpoint_storage": .text(checkpointStorage),
            "unaligned_checkpoints": .boolean(isUnalignedEnabled),
            "tolerable_failed_checkpoints": .count(tolerableFailures),
            "aligned_checkpoint_timeout": .integer(alignedTimeout),
            "checkpoints_after_tasks_finish": .boolean(continuesAfterTasksFinish),
            "state_changelog_enabled": false,
            "changelog_periodic_materialization_interval": 0,
            "changelog_storage": "",
        ]
    }
}
