import WeirCommand
import WeirCore
import WeirSimulation
import WeirSnapshot

/// Runs `weir` in a simulated world and keeps what it prints.
struct ToolRun {
    let world = SimulatedWorld(seed: 1)

    /// What a command line led to.
    struct Result {
        let code: Int32
        let output: String
        let errors: String
    }

    /// Runs a command line, as text with spaces between arguments.
    func run(_ line: String) -> Result {
        let outputBefore = world.process.output.count
        let errorsBefore = world.process.errors.count
        let code = WeirTool.run(line.split(separator: " ").map(String.init), world: world)
        return Result(
            code: code,
            output: String(
                decoding: world.process.output.dropFirst(outputBefore),
                as: UTF8.self
            ),
            errors: String(decoding: world.process.errors.dropFirst(errorsBefore), as: UTF8.self)
        )
    }

    /// Puts a file on the simulated disk.
    func write(_ path: String, _ text: String) throws {
        try world.files.replaceAll(path, with: Array(text.utf8))
    }

    /// Puts a checkpoint with one file of in-flight data into `job/checkpoints`; it also uses that of
    /// the checkpoint `other`.
    func publish(_ number: UInt64, using other: UInt64? = nil) throws {
        let checkpoint = CheckpointID(number)
        let store = LocalFileStore(world: world, directory: "job/checkpoints")
        let bytes = [UInt8](repeating: 7, count: 100)
        let name = channel(of: checkpoint)
        let stored = try store.putIfAbsent(name, bytes: bytes)
        let names = [name] + (other.map { [channel(of: CheckpointID($0))] } ?? [])
        let channels = names.enumerated().map { number, name in
            ChannelHandle(
                input: 0,
                channel: number,
                file: FileHandle(name: name, stored: stored)
            )
        }
        try CheckpointStore(store).publish(
            CheckpointManifest(
                jobID: "0123456789abcdef0123456789abcdef",
                jobName: "flights",
                checkpoint: checkpoint,
                attempt: Attempt(1),
                triggeredAt: 1000,
                completedAt: 1250,
                maxParallelism: 128,
                operators: [
                    OperatorSnapshot(
                        id: Self.count,
                        name: "count",
                        path: "count",
                        parallelism: 1,
                        subtasks: [SubtaskSnapshot(index: 0, channels: channels)]
                    )
                ]
            )
        )
    }

    private static let count = OperatorID(path: "count")

    private func channel(of checkpoint: CheckpointID) -> String {
        CheckpointNames.task(checkpoint, Attempt(1), Self.count, subtask: 0, kind: "channel")
    }
}
