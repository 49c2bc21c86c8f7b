import Testing
import WeirControl
import WeirCore
import WeirData
import WeirPlan
import WeirSnapshot
import WeirTransport

@Suite("Messages of a cluster")
struct MessageCodecTests {
    private let job = JobID(number: 5)
    private let error = WeirError(
        .workerLost,
        "it ended",
        position: "here",
        reason: "why",
        fix: "what"
    )

    private var deployment: Deployment {
        Deployment(
            job: job,
            attempt: Attempt(3),
            graphFingerprint: 77,
            settings: ["parallelism.default": "2", "a": ""],
            slots: [0, 1, 0],
            workers: [DataAddress(host: "a", port: 1), DataAddress(host: "b", port: 65_535)],
            own: 1,
            token: [1, 2, 3],
            manifest: nil,
            checkpointDirectory: "/checkpoints",
            droppedStates: ["x", "y"]
        )
    }

    private var workerCommands: [WorkerCommand] {
        let barrier = CheckpointBarrier(
            checkpoint: CheckpointID(9),
            attempt: Attempt(3),
            purpose: .final,
            completed: CheckpointID(8),
            triggeredAt: 0
        )
        return [
            .deploy(deployment), .trigger([TaskID(vertex: 1, subtask: 2)], barrier),
            .tell(Attempt(3), .completed(CheckpointID(9), Attempt(3))),
            .tell(Attempt(3), .aborted(CheckpointID(9), Attempt(2))),
            .tell(Attempt(3), .stopSources(drain: true)), .cancel(Attempt(4)), .end,
        ]
    }

    private var taskManagerCommands: [TaskManagerCommand] {
        let start = WorkerStart(
            number: 70_000,
            job: job,
            program: "/bin/job",
            arguments: ["", "--input", "x y"],
            workingDirectory: "/data/me",
            memoryBytes: 1 << 30
        )
        return [
            .welcome(heartbeatNanoseconds: 5, leaseNanoseconds: -1), .refusal("no"), .heartbeat,
            .startWorker(start), .stopWorker(70_000), .challenge(1 << 63),
        ]
    }

    private var taskManagerReports: [TaskManagerReport] {
        let description = TaskManagerDescription(
            id: "tm",
            host: "h",
            dataPort: 65_535,
            processID: 12,
            slots: 4,
            memoryBytes: 1 << 32,
            machine: MachineResources(processors: 96, memoryBytes: 1 << 40),
            workers: [TaskManagerDescription.Worker(number: 8, job: job)]
        )
        return [
            .register(description, token: [4, 5], challenge: 6), .heartbeat, .workerEnded(8, error),
        ]
    }

    private var workerReports: [WorkerReport] {
        let task = TaskID(vertex: 3, subtask: 1)
        var metrics = TaskMetrics()
        metrics.rowsIn = 12
        metrics.progress = 0.5
        metrics.channelWatermarks = [-1, .max]
        let kinds: [TaskEvent.Kind] = [
            .running, .reached(CheckpointID(2), .storing),
            .acknowledged(CheckpointID(2), TaskSnapshot(parts: [], isUnaligned: true)),
            .declined(CheckpointID(2), error), .ended, .committed(CheckpointID(2)),
            .failed(error), .closed, .metrics(metrics), .latencies([1, -2]),
        ]
        return kinds.map { .task(TaskEvent(task: task, attempt: Attempt(6), kind: $0)) } + [
            .ready(processID: 4, dataPort: 5, graphFingerprint: 6),
            .attemptFailed(Attempt(1), error), .attemptEnded(Attempt(2)), .notice("text"),
        ]
    }

    private func bytes(_ message: some ControlMessage) -> [UInt8] {
        var writer = ByteWriter()
        message.encode(into: &writer)
        return writer.array
    }

    /// Decodes what a message was encoded to, and encodes that again.
    private func again<Message: ControlMessage>(_ message: Message) throws -> Message {
        let bytes = bytes(message)
        let decoded = try bytes.withUnsafeBytes { buffer in
            try Message.decode(kind: message.kind, payload: buffer)
        }
        #expect(self.bytes(decoded) == bytes)
        return decoded
    }

    @Test("come out as they went in")
    func roundTrip() throws {
        for message in workerCommands { #expect(try again(message) == message) }
        for message in taskManagerCommands { #expect(try again(message) == message) }
        for message in taskManagerReports { #expect(try again(message) == message) }
        for message in workerReports { _ = try again(message) }
    }

    @Test("are of kinds that no two of them share")
    func kinds() {
        let commands = Set(workerCommands.map(\.kind))
        let others = [
            Set(taskManagerCommands.map(\.kind)), Set(taskManagerReports.map(\.kind)),
            Set(workerReports.map(\.kind)),
        ]
        let all = others.reduce(commands) { $0.union($1) }
        #expect(all.count == commands.count + others.reduce(0) { $0 + $1.count })
        #expect(all.count == 5 + 6 + 3 + 5)
    }

    @Test("carry no more text than people read")
    func longTexts() throws {
        let long = String(repeating: "é", count: 1 << 20)
        let sent = WorkerReport.attemptFailed(Attempt(1), WeirError(.jobFailed, long, fix: "fix"))
        let bytes = bytes(sent)
        #expect(bytes.count < 64 << 10)
        let decoded = try bytes.withUnsafeBytes { buffer in
            try WorkerReport.decode(kind: sent.kind, payload: buffer)
        }
        guard case .attemptFailed(_, let error) = decoded else {
            Issue.record("\(decoded)")
            return
        }
        #expect(error.message.count == 16 << 10)
        #expect(error.fix == "fix")
    }

    @Test("tell of no progress where the number is none")
    func progress() throws {
        for (sent, received) in [(Double.infinity, -1.0), (.nan, -1), (7, 1), (0.25, 0.25)] {
            var metrics = TaskMetrics()
            metrics.progress = sent
            let event = TaskEvent(
                task: TaskID(vertex: 0, subtask: 0),
                attempt: Attempt(1),
                kind: .metrics(metrics)
            )
            let bytes = bytes(WorkerReport.task(event))
            let decoded = try bytes.withUnsafeBytes { buffer in
                try WorkerReport.decode(kind: WorkerReport.task(event).kind, payload: buffer)
            }
            guard case .task(let again) = decoded, case .metrics(let metrics) = again.kind else {
                Issue.record("\(decoded)")
                return
            }
            #expect(metrics.progress == received)
        }
    }

    private func attack<Message: ControlMessage>(
        _ messages: [Message],
        _ random: inout SplitMix64
    ) -> Int {
        var refused = 0
        for message in messages {
            let whole = bytes(message)
            for _ in 0..<3000 {
                var bytes = whole
                if Bool.random(using: &random) {
                    bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
                }
                for _ in 0..<Int.random(in: 0..<4, using: &random) where !bytes.isEmpty {
                    let index = Int.random(in: 0..<bytes.count, using: &random)
                    bytes[index] = UInt8.random(in: 0...255, using: &random)
                }
                do {
                    _ = try bytes.withUnsafeBytes { buffer in
                        try Message.decode(kind: message.kind, payload: buffer)
                    }
                } catch {
                    refused += 1
                    #expect((error as? WeirError)?.code == .corruptBytes)
                }
            }
        }
        return refused
    }

    @Test("from hostile bytes are refused or are messages, never a trap", arguments: 1...4)
    func hostile(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        #expect(attack(workerCommands, &random) > 1000)
        #expect(attack(taskManagerCommands, &random) > 1000)
        #expect(attack(taskManagerReports, &random) > 1000)
        #expect(attack(workerReports, &random) > 1000)
    }
}
