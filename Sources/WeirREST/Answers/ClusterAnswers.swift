extension ClusterOverview {
    /// `GET /overview`.
    func answer(_ compatibility: FlinkCompatibility) -> JSONValue {
        [
            "taskmanagers": .count(taskManagers),
            "slots-total": .count(slotsTotal),
            "slots-available": .count(slotsAvailable),
            "jobs-running": .count(jobsRunning),
            "jobs-finished": .count(jobsFinished),
            "jobs-cancelled": .count(jobsCanceled),
            "jobs-failed": .count(jobsFailed),
            "flink-version": .text(compatibility.version),
            "flink-commit": .text(compatibility.commit),
        ]
    }
}

extension FlinkCompatibility {
    /// `GET /config`.
    func answer() -> JSONValue {
        [
            "refresh-interval": 3000,
            "timezone-name": "Coordinated Universal Time",
            "timezone-offset": 0,
            "flink-version": .text(version),
            "flink-revision": .text(commit),
            "features": [
                "web-submit": true,
                "web-cancel": true,
                "web-rescale": false,
                "web-history": false,
            ],
        ]
    }
}

extension [ConfigurationEntry] {
    /// `GET /jobmanager/config`.
    func answer() -> JSONValue {
        .array(map { ["key": .text($0.key), "value": .text($0.value)] })
    }
}
