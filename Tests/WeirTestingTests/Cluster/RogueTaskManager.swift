import Weir
import WeirControl
import WeirSimulation
import WeirTransport

/// A task manager with the right token whose workers are none: it says whatever a test has it say.
final class RogueTaskManager {
    private let connection: FramedConnection
    private let fingerprint: UInt64
    /// What its workers tell once they are to run tasks.
    private let lies: (Deployment) -> [WorkerReport]
    /// Deployments that came.
    private(set) var deployments = 0

    /// Connects to the job manager on node `jm`.
    init(
        _ world: SimulatedWorld,
        port: Int,
        fingerprint: UInt64,
        lies: @escaping (Deployment) -> [WorkerReport]
    ) throws {
        let process = world.makeProcess(node: "rogue")
        connection = FramedConnection(
            try process.network.connect(host: "jm", port: port),
            peer: "the job manager",
            mostPayloadBytes: ControlProtocol.mostPayloadBytes
        )
        self.fingerprint = fingerprint
        self.lies = lies
    }

    /// Answers what has come.
    func step() throws(WeirError) {
        _ = try connection.receive { frame throws(WeirError) in
            let epoch = LeaderEpoch(frame.epoch)
            if frame.stream == 0 {
                answer(try connection.message(TaskManagerCommand.self, in: frame), epoch)
            } else if case .deploy(let deployment) = try connection.message(
                WorkerCommand.self,
                in: frame
            ) {
                deployments += 1
                for lie in lies(deployment) {
                    connection.send(lie, stream: frame.stream, epoch: epoch)
                }
            }
        }
        try connection.flush()
    }

    private func answer(_ command: TaskManagerCommand, _ epoch: LeaderEpoch) {
        switch command {
        case .challenge(let challenge):
            let description = TaskManagerDescription(
                id: "rogue",
                host: "rogue",
                dataPort: 0,
                processID: 1,
                slots: 2,
                memoryBytes: 1 << 28,
                machine: MachineResources(processors: 2, memoryBytes: 1 << 33)
            )
            connection.send(
                TaskManagerReport.register(description, token: [1, 2, 3], challenge: challenge),
                epoch: epoch
            )
        case .startWorker(let start):
            let ready = WorkerReport.ready(
                processID: 1,
                dataPort: 1,
                graphFingerprint: fingerprint
            )
            connection.send(ready, stream: start.number, epoch: epoch)
        case .heartbeat: connection.send(TaskManagerReport.heartbeat, epoch: epoch)
        case .welcome, .refusal, .stopWorker: break
        }
    }
}
