import WeirControl
import WeirCore
import WeirData
import WeirJobManager
import WeirPlan
import WeirSnapshot
import WeirTaskManager
import WeirTransport

/// What job manager, task managers and workers tell one another, and what becomes of it.
///
/// An input is the kind of a frame and its payload.
enum ControlTargets {
    static let all = [
        workerCommand, workerReport, taskManagerCommand, taskManagerReport, jobRecord,
    ]

    private static func bytes(of message: some ControlMessage) -> [UInt8] {
        DataTargets.encode { writer in
            writer.append(byte: message.kind)
            message.encode(into: &writer)
        }
    }

    private static func decode<Message: ControlMessage>(
        _ type: Message.Type,
        _ bytes: UnsafeRawBufferPointer
    ) throws(WeirError) -> Message {
        guard let kind = bytes.first else {
            throw WeirError(.protocolViolated, "A frame without a kind.")
        }
        let payload = UnsafeRawBufferPointer(rebasing: bytes[1...])
        return try Message.decode(kind: kind, payload: payload)
    }

    /// A target whose messages `make` makes; `look` does with one what its receiver does.
    private static func target<Message: ControlMessage>(
        _ name: String,
        _ make: @escaping @Sendable (inout Chance) -> Message,
        look: @escaping @Sendable (Message) -> String? = { _ in nil }
    ) -> Target {
        Target(name: name) { chance in
            let inputs = (0..<3).map { _ in bytes(of: make(&chance)) }
            return Sample(inputs) { bytes throws(WeirError) in
                let message = try decode(Message.self, UnsafeRawBufferPointer(bytes))
                if let wrong = look(message) { return wrong }
                return roundTrip(
                    message,
                    encode: { ControlTargets.bytes(of: $0) },
                    decode: { bytes throws(WeirError) in
                        try bytes.withReader { reader throws(WeirError) in
                            try decode(Message.self, reader.bytes)
                        }
                    }
                )
            }
        }
    }

    // MARK: Commands to workers

    private static let workerCommand = target("worker-command") { chance -> WorkerCommand in
        switch chance.below(7) {
        case 0, 1: .deploy(deployment(&chance))
        case 2:
            .trigger(
                (0..<chance.length(4)).map { _ in task(&chance) },
                CheckpointBarrier(
                    checkpoint: CheckpointID(chance.unsigned()),
                    attempt: Attempt(chance.unsigned()),
                    purpose: chance.choose([.checkpoint, .final, .replayEnd]),
                    isUnaligned: chance.flag(),
                    triggeredAt: 0
                )
            )
        case 3:
            .tell(
                Attempt(chance.unsigned()),
                chance.choose([
                    .completed(CheckpointID(chance.unsigned()), Attempt(chance.unsigned())),
                    .aborted(CheckpointID(chance.unsigned()), Attempt(chance.unsigned())),
                    .stopSources(drain: chance.flag()),
                ])
            )
        case 4: .cancel(Attempt(chance.unsigned()))
        case 5: .describe
        default: .end
        }
    }

    private static func task(_ chance: inout Chance) -> TaskID {
        TaskID(vertex: chance.number(below: 1 << 20), subtask: chance.number(below: 1 << 16))
    }

    private static func deployment(_ chance: inout Chance) -> Deployment {
        let workers = 1 + chance.below(3)
        return Deployment(
            job: JobID(number: chance.unsigned()),
            attempt: Attempt(chance.unsigned()),
            graphFingerprint: chance.unsigned(),
            settings: Dictionary(
                (0..<chance.length(3)).map { _ in (chance.text(), chance.text()) }
            ) { $1 },
            slots: (0..<chance.length(5)).map { _ in chance.below(workers) },
            workers: (0..<workers).map { _ in
                DataAddress(host: chance.text(), port: chance.number(below: 1 << 16))
            },
            own: chance.below(workers),
            token: chance.bytes(40),
            manifest: chance.flag() ? chance.manifest() : nil,
            checkpointDirectory: chance.text(),
            droppedStates: Set((0..<chance.length(3)).map { _ in chance.text() })
        )
    }

    // MARK: Reports of workers

    private static let workerReport = target(
        "worker-report",
        { chance -> WorkerReport in
            switch chance.below(9) {
            case 8: .standing(standing(&chance))
            case 0:
                .ready(
                    processID: chance.number(below: 1 << 31),
                    dataPort: chance.number(below: 1 << 16),
                    graphFingerprint: chance.unsigned()
                )
            case 1: .attemptFailed(Attempt(chance.unsigned()), error(&chance))
            case 2: .attemptEnded(Attempt(chance.unsigned()))
            case 3: .notice(chance.text())
            default:
                .task(
                    TaskEvent(
                        task: task(&chance),
                        attempt: Attempt(chance.unsigned()),
                        kind: eventKind(&chance)
                    )
                )
            }
        },
        look: told
    )

    private static func standing(_ chance: inout Chance) -> WorkerStanding {
        let workers = 1 + chance.below(3)
        var part = DeployedPart(
            attempt: Attempt(3),
            slots: (0..<2).map { _ in chance.below(workers) },
            workers: (0..<workers).map { _ in DataAddress(host: chance.text(), port: 5) },
            own: chance.below(workers)
        )
        part.running = Set((0..<chance.length(4)).map { _ in task(&chance) })
        part.exhausted = Set((0..<chance.length(4)).map { _ in task(&chance) })
        part.highest = CheckpointID(chance.unsigned())
        part.completed = CheckpointID(chance.unsigned())
        if chance.happens(30) { part.noteStop(drain: chance.happens(50)) }
        part.failure = chance.happens(20) ? error(&chance) : nil
        return WorkerStanding(
            dataPort: chance.number(below: 1 << 16),
            graphFingerprint: 7,
            deployed: chance.happens(90) ? part : nil
        )
    }

    /// Does with a standing what a job manager does that has just become leader.
    private static func adopted(_ standing: WorkerStanding) -> String? {
        guard let part = standing.deployed else { return nil }
        var adoption = JobAdoption(
            lastAttempt: part.attempt,
            graphFingerprint: standing.graphFingerprint,
            slotCount: part.slots.count,
            deadline: 10
        )
        for number in 0..<UInt32(min(4, part.workers.count)) {
            let event = JobAdoption.Event.standing(
                number,
                taskManager: "tm",
                host: "host",
                standing
            )
            guard case .adopt(let attempt, _, _) = adoption.handle(event, at: 1) else { continue }
            let open = attempt.highest.number.subtractingReportingOverflow(attempt.completed.number)
            if !open.overflow, open.partialValue > 1 << 20 { return "checkpoints without number" }
        }
        return nil
    }

    private static func eventKind(_ chance: inout Chance) -> TaskEvent.Kind {
        let checkpoint = CheckpointID(chance.unsigned())
        switch chance.below(10) {
        case 0: return .running
        case 1:
            let phases: [CheckpointPhase] = [.waitingForBarrier, .aligning, .serialising, .storing]
            return .reached(checkpoint, chance.choose(phases))
        case 2, 3: return .acknowledged(checkpoint, chance.taskSnapshot())
        case 4: return .declined(checkpoint, error(&chance))
        case 5: return .committed(checkpoint)
        case 6: return .failed(error(&chance))
        case 7: return .metrics(metrics(&chance))
        case 8: return .latencies((0..<chance.length(10)).map { _ in chance.number() })
        default: return chance.choose([.ended, .closed])
        }
    }

    private static func metrics(_ chance: inout Chance) -> TaskMetrics {
        var metrics = TaskMetrics()
        metrics.busyNanoseconds = chance.number()
        metrics.rowsIn = chance.number()
        metrics.rowsLate = chance.number()
        metrics.recordsMalformed = chance.number()
        metrics.watermark = chance.number()
        metrics.longestStepNanoseconds = chance.number()
        metrics.queuedBatches = Int(chance.number())
        metrics.progress = chance.choose([-1, 0, 0.5, 1])
        metrics.channelWatermarks = (0..<chance.length(4)).map { _ in chance.number() }
        return metrics
    }

    static func error(_ chance: inout Chance) -> WeirError {
        WeirError(
            chance.choose([.workerLost, .jobFailed, .corruptBytes]),
            chance.text(),
            position: chance.text(),
            reason: chance.text(),
            fix: chance.text()
        )
    }

    /// Does with a report what a job manager does: notes it.
    private static func told(_ report: WorkerReport) -> String? {
        if case .standing(let standing) = report { return adopted(standing) }
        guard case .task(let event) = report else { return nil }
        switch event.kind {
        case .acknowledged(let checkpoint, let snapshot):
            var history = CheckpointHistory(tasks: [event.task])
            let barrier = CheckpointBarrier(
                checkpoint: checkpoint,
                attempt: event.attempt,
                triggeredAt: 0
            )
            history.triggered(barrier, isSavepoint: false, at: 0)
            for time in 1...2 as ClosedRange<Int64> {
                history.acknowledged(event.task, checkpoint, snapshot, at: time)
            }
            _ = history.records.last?.whole
            return nil
        case .metrics(let metrics):
            return metrics.progress.isFinite ? nil : "its progress is no number"
        default: return nil
        }
    }

    // MARK: Records of jobs

    /// What a job manager writes down of a job.
    private static let jobRecord = Target(name: "job-record") { chance in
        let inputs = (0..<3).map { _ in bytes(of: record(&chance)) }
        return Sample(inputs) { bytes throws(WeirError) in
            let record = try decodeRecord([UInt8](bytes))
            return roundTrip(
                record,
                encode: { ControlTargets.bytes(of: $0) },
                decode: decodeRecord
            )
        }
    }

    private static func bytes(of record: JobRecord) -> [UInt8] {
        DataTargets.encode { record.encode(into: &$0) }
    }

    private static func decodeRecord(_ bytes: [UInt8]) throws(WeirError) -> JobRecord {
        try bytes.withReader { reader throws(WeirError) in
            let record = try JobRecord(from: &reader)
            try reader.finish()
            return record
        }
    }

    private static func record(_ chance: inout Chance) -> JobRecord {
        let submission = JobSubmission(
            id: JobID(number: chance.unsigned()),
            name: chance.text(),
            program: chance.text(),
            arguments: (0..<chance.length(3)).map { _ in chance.text() },
            settings: ["parallelism.default": "\(chance.below(9))"],
            graph: PlanTargets.graph(&chance),
            snapshot: chance.flag() ? nil : "/" + chance.text(),
            droppedStates: Set((0..<chance.length(3)).map { _ in chance.text() })
        )
        var record = JobRecord(submission, at: chance.number())
        record.wish = chance.choose([.none, .cancel, .stop, .drain])
        if chance.flag() {
            record.end = JobRecord.End(
                state: chance.choose([.finished, .canceled, .failed]),
                time: chance.number(),
                failure: chance.flag() ? error(&chance) : nil,
                lastCheckpoint: CheckpointID(chance.unsigned())
            )
        }
        return record
    }

    // MARK: Task managers

    private static let taskManagerCommand = target(
        "task-manager-command",
        { chance -> TaskManagerCommand in
            switch chance.below(6) {
            case 0:
                .welcome(
                    heartbeatNanoseconds: chance.number(),
                    leaseNanoseconds: chance.number()
                )
            case 1: .refusal(chance.text())
            case 2: .heartbeat
            case 3:
                .startWorker(
                    WorkerStart(
                        number: UInt32(truncatingIfNeeded: chance.number()),
                        job: JobID(number: chance.unsigned()),
                        program: chance.text(),
                        arguments: (0..<chance.length(4)).map { _ in chance.text() },
                        workingDirectory: chance.text(),
                        memoryBytes: chance.number(below: 1 << 50)
                    )
                )
            case 4: .challenge(chance.unsigned())
            default: .stopWorker(UInt32(truncatingIfNeeded: chance.number()))
            }
        },
        look: linked
    )

    /// Registers with a job manager that says so.
    private static func linked(_ command: TaskManagerCommand) -> String? {
        guard case .welcome(let heartbeat, let lease) = command else { return nil }
        var link = JobManagerLink()
        let now: Int64 = 1 << 61
        for event: JobManagerLink.Event in [
            .timePassed, .connected, .challenged(LeaderEpoch(1), 2),
            .welcome(LeaderEpoch(1), heartbeat: heartbeat, lease: lease),
            .heard, .timePassed, .connectionLost,
        ] { _ = link.handle(event, at: now) }
        return nil
    }

    private static let taskManagerReport = target("task-manager-report") {
        chance -> TaskManagerReport in
        switch chance.below(4) {
        case 0, 1:
            .register(
                TaskManagerDescription(
                    id: chance.text(),
                    host: chance.text(),
                    dataPort: chance.number(below: 1 << 16),
                    processID: chance.number(below: 1 << 31),
                    slots: chance.number(below: 1 << 16),
                    memoryBytes: chance.number(below: 1 << 50),
                    machine: MachineResources(
                        processors: chance.number(below: 1 << 16),
                        memoryBytes: chance.number(below: 1 << 50)
                    ),
                    workers: (0..<chance.length(4)).map { _ in
                        TaskManagerDescription.Worker(
                            number: UInt32(truncatingIfNeeded: chance.number()),
                            job: JobID(number: chance.unsigned())
                        )
                    }
                ),
                token: chance.bytes(40),
                challenge: chance.unsigned()
            )
        case 2: .heartbeat
        default: .workerEnded(UInt32(truncatingIfNeeded: chance.number()), error(&chance))
        }
    }
}
