import WeirCore
import WeirData
import WeirPlan
import WeirSnapshot

/// What a job manager has a worker do; the task manager passes it on.
public enum WorkerCommand: ControlMessage, Equatable {
    /// Start the tasks of an attempt that are this worker's.
    case deploy(Deployment)
    /// Have tasks draw the line of a checkpoint.
    case trigger([TaskID], CheckpointBarrier)
    /// Tell all tasks of an attempt something.
    case tell(Attempt, TaskCommand)
    /// End all tasks of an attempt, and of those before.
    case cancel(Attempt)
    /// The job has ended: give up what is held for it, and end.
    case end
    /// Tell what you run: a job manager has become leader that does not know.
    case describe

    private enum Kind: UInt8 {
        case deploy
        case trigger
        case tell
        case cancel
        case end
        case describe
    }

    private var own: Kind {
        switch self {
        case .deploy: .deploy
        case .trigger: .trigger
        case .tell: .tell
        case .cancel: .cancel
        case .end: .end
        case .describe: .describe
        }
    }

    /// The kind of its frame.
    public var kind: UInt8 { ControlProtocol.FirstKind.workerCommand + own.rawValue }

    /// Appends the payload.
    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .deploy(let deployment): deployment.encode(into: &writer)
        case .trigger(let tasks, let barrier):
            writer.append(list: tasks) { $1.append(task: $0) }
            writer.append(barrier)
        case .tell(let attempt, let command):
            writer.append(integer: attempt.number)
            Self.encode(command, into: &writer)
        case .cancel(let attempt): writer.append(integer: attempt.number)
        case .end, .describe: break
        }
    }

    private static func encode(_ command: TaskCommand, into writer: inout ByteWriter) {
        switch command {
        case .completed(let checkpoint, let attempt):
            writer.append(byte: 0)
            writer.append(integer: checkpoint.number)
            writer.append(integer: attempt.number)
        case .aborted(let checkpoint, let attempt):
            writer.append(byte: 1)
            writer.append(integer: checkpoint.number)
            writer.append(integer: attempt.number)
        case .stopSources(let drain):
            writer.append(byte: 2)
            writer.append(flag: drain)
        }
    }

    /// Reads the payload of a frame; nil if the kind is none of this protocol.
    ///
    /// A barrier is as old as its message: `triggeredAt` is 0, the worker sets it.
    public static func decode(
        kind: UInt8,
        _ reader: inout ByteReader
    ) throws(WeirError) -> WorkerCommand? {
        let own = kind &- ControlProtocol.FirstKind.workerCommand
        switch Kind(rawValue: own) {
        case .deploy: return .deploy(try Deployment(from: &reader))
        case .trigger:
            let tasks = try reader.readList(smallest: 2) { (reader) throws(WeirError) in
                try reader.readTask()
            }
            return .trigger(tasks, try reader.readBarrier(now: 0))
        case .tell:
            let attempt = Attempt(try reader.readInteger())
            return .tell(attempt, try decodeCommand(&reader))
        case .cancel: return .cancel(Attempt(try reader.readInteger()))
        case .end: return .end
        case .describe: return .describe
        case nil: return nil
        }
    }

    private static func decodeCommand(
        _ reader: inout ByteReader
    ) throws(WeirError) -> TaskCommand {
        switch try reader.readByte() {
        case 0:
            let checkpoint = CheckpointID(try reader.readInteger())
            return .completed(checkpoint, Attempt(try reader.readInteger()))
        case 1:
            let checkpoint = CheckpointID(try reader.readInteger())
            return .aborted(checkpoint, Attempt(try reader.readInteger()))
        case 2: return .stopSources(drain: try reader.readBoolean())
        case let other: throw reader.corrupt("the unknown command \(other)")
        }
    }
}
