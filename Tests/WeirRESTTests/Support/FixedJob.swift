import WeirREST

/// A job as Flink recorded it: two vertices of two subtasks, 9 seconds after its start.
enum FixedJob {
    static let now: Int64 = 1_795_374_335_949
    static let id = "8cdc6d86215ba411a745c7bfde0ed41b"
    static let source = "bc764cd8ddf7a0cff126f51c16239658"
    static let window = "1fda57489fc99cc8f66c9108fd52ccef"
    static let taskManager = "localhost:37465-d2780b"

    static let summary = JobSummary(
        id: id,
        name: "latency-tumble",
        status: .running,
        startTime: 1_795_374_326_972,
        lastModification: 1_795_374_327_289,
        tasks: [.running: 4]
    )

    static let plan = JobPlan(
        jobID: id,
        name: "latency-tumble",
        nodes: [
            PlanNode(
                id: window,
                parallelism: 2,
                description: "Window<br/>+- Sink: Writer<br/>",
                inputs: [PlanInput(vertexID: source, shipStrategy: .hash)]
            ),
            PlanNode(id: source, parallelism: 2, description: "Source: paced<br/>"),
        ]
    )

    static let details = JobDetails(
        summary: summary,
        statusTimes: [
            .initializing: 1_795_374_326_972, .created: 1_795_374_326_994,
            .running: 1_795_374_327_001,
        ],
        vertices: [
            VertexDetails(
                id: source,
                name: "Source: paced",
                maxParallelism: 128,
                slotSharingGroupID: "e3ba9974aac2950c9b9ac300b0f88e44",
                subtasks: [0, 1].map { subtask($0, deployed: 1_795_374_327_089, metrics: produced) }
            ),
            VertexDetails(
                id: window,
                name: "TumblingEventTimeWindows -> probe -> Sink: Writer",
                maxParallelism: 128,
                slotSharingGroupID: "e3ba9974aac2950c9b9ac300b0f88e44",
                subtasks: [firstWindow, secondWindow]
            ),
        ],
        plan: plan
    )

    private static let produced = TaskMetrics(writtenBytes: 300_000, writtenRecords: 8000)

    private static let firstWindow = subtask(
        0,
        deployed: 1_795_374_327_090,
        metrics: TaskMetrics(
            readBytes: 330_901,
            readRecords: 8031,
            idleMilliseconds: 7081,
            busyMilliseconds: 740
        ),
        watermark: 8_640_813
    )

    private static let secondWindow = subtask(
        1,
        deployed: 1_795_374_327_091,
        metrics: TaskMetrics(
            readBytes: 322_209,
            readRecords: 7819,
            idleMilliseconds: 7108,
            busyMilliseconds: 700
        ),
        watermark: 8_640_813
    )

    private static func subtask(
        _ index: Int,
        deployed: Int64,
        metrics: TaskMetrics,
        watermark: Int64? = nil
    ) -> SubtaskDetails {
        SubtaskDetails(
            index: index,
            state: .running,
            endpoint: "localhost:42899",
            taskManagerID: taskManager,
            stateTimes: [
                .created: 1_795_374_326_995,
                .scheduled: 1_795_374_327_001,
                .deploying: deployed,
                .initializing: index == 0 ? 1_795_374_327_116 : 1_795_374_327_114,
                .running: index == 0 ? 1_795_374_327_277 : 1_795_374_327_289,
            ],
            metrics: metrics,
            inputWatermark: watermark
        )
    }

    static func checkpoint(
        _ id: UInt64,
        _ outcome: CheckpointDetails.Outcome = .completed(location: "file:/9", isDiscarded: false),
        kind: CheckpointDetails.Kind = .aligned
    ) -> CheckpointDetails {
        let progress = CheckpointProgress(
            latestAcknowledgement: 1_795_374_335_761,
            checkpointedSize: 90_955,
            stateSize: 95_910,
            endToEndDuration: 472,
            processedData: 984,
            subtasks: 4,
            acknowledgedSubtasks: 4
        )
        return CheckpointDetails(
            id: id,
            kind: kind,
            outcome: outcome,
            triggerTime: 1_795_374_335_289,
            progress: progress,
            tasks: [window: progress, source: progress]
        )
    }

    static let checkpoints = CheckpointStatistics(
        counts: CheckpointCounts(restored: 1, total: 10, inProgress: 0, completed: 9, failed: 1),
        summary: CheckpointSummary(
            checkpointedSize: Distribution(of: [59_107, 90_955]),
            stateSize: Distribution(of: [59_107, 158_067]),
            endToEndDuration: Distribution(of: [34, 472]),
            processedData: Distribution(of: [451, 2747]),
            persistedData: Distribution(of: [0, 0])
        ),
        latestCompleted: checkpoint(9),
        latestRestored: RestoredCheckpoint(
            id: 4,
            restoreTime: 1_795_374_326_980,
            isSavepoint: true,
            location: "file:/4"
        ),
        history: [checkpoint(9), checkpoint(8)]
    )

    static let failures = JobFailures(entries: [
        JobFailure(
            name: "WR-JOB-002",
            text: "WR-JOB-002 A task failed.",
            time: 1_795_374_345_687,
            concurrent: [
                JobFailure(
                    name: "WR-FILE-002",
                    text: "WR-FILE-002 /nonexistent is missing.",
                    time: 1_795_374_345_674,
                    taskName: "KeyedProcess (1/1)",
                    endpoint: "localhost:42899",
                    taskManagerID: taskManager
                )
            ]
        )
    ])

    private static let slot = ResourceProfile(
        cpuCores: 1,
        managedMemoryMebibytes: 1054,
        networkMemoryMebibytes: 263
    )

    static let taskManagerInfo = TaskManagerInfo(
        id: taskManager,
        address: "localhost:37465",
        dataPort: 42_899,
        lastHeartbeat: 1_795_374_329_900,
        slots: 2,
        freeSlots: 0,
        assignedTasks: 4,
        totalResource: ResourceProfile(
            cpuCores: 2,
            managedMemoryMebibytes: 2109,
            networkMemoryMebibytes: 527
        ),
        freeResource: ResourceProfile(
            cpuCores: 0,
            managedMemoryMebibytes: 0,
            networkMemoryMebibytes: 0
        ),
        hardware: HardwareDescription(
            cpuCores: 2,
            physicalMemoryBytes: 25_276_063_744,
            freeMemoryBytes: 2_631_925_760
        ),
        memory: MemoryDescription(
            networkBytes: 552_977_046,
            managedBytes: 2_211_908_186,
            totalBytes: 6_442_450_944
        ),
        allocatedSlots: [0, 1].map { _ in
            AllocatedSlot(jobID: id, resource: slot, assignedTasks: 2)
        },
        metrics: TaskManagerMetrics(
            residentBytes: 515_953_440,
            networkBuffersAvailable: 16_865,
            networkBuffersTotal: 16_875,
            networkBufferBytes: 32_768
        )
    )
}
