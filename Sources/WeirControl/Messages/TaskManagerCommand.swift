import WeirCore
import WeirData

/// A worker process that is to be started.
public struct WorkerStart: Sendable, Equatable {
    /// Unlike that of any other worker of the leader's epoch.
    public let number: UInt32
    /// Its job.
    public let job: JobID
    /// The job's executable, where the task manager's machine has it.
    public let program: String
    /// The job's own arguments.
    public let arguments: [String]
    /// Where its relative paths start; empty: where those of its task manager do.
    public let workingDirectory: String
    /// Bytes that it may use.
    public let memoryBytes: Int

    /// Describes a worker.
    public init(
        number: UInt32,
        job: JobID,
        program: String,
        arguments: [String],
        workingDirectory: String,
        memoryBytes: Int
    ) {
        self.number = number
        self.job = job
        self.program = program
        self.arguments = arguments
        self.workingDirectory = workingDirectory
        self.memoryBytes = memoryBytes
    }

    func encode(into writer: inout ByteWriter) {
        writer.append(integer: number)
        writer.append(string: job.description)
        writer.append(string: program)
        writer.append(list: arguments) { $1.append(string: $0) }
        writer.append(string: workingDirectory)
        writer.append(count: memoryBytes)
    }

    init(from reader: inout ByteReader) throws(WeirError) {
        let number = try reader.readInteger(as: UInt32.self)
        guard let job = JobID(try reader.readString()) else { throw reader.corrupt("no job id") }
        self.init(
            number: number,
            job: job,
            program: try reader.readString(),
            arguments: try reader.readList(smallest: 1) { (reader) throws(WeirError) in
                try reader.readString()
            },
            workingDirectory: try reader.readString(),
            memoryBytes: try reader.readNumber(below: 1 << 50)
        )
    }
}

/// What a job manager has a task manager do, beside what it passes on to workers.
public enum TaskManagerCommand: ControlMessage, Equatable {
    /// The registration is accepted.
    case welcome(heartbeatNanoseconds: Int64, leaseNanoseconds: Int64)
    /// The registration is refused, or the task manager is not known any more.
    case refusal(String)
    /// The job manager lives.
    case heartbeat
    /// Start a worker process.
    case startWorker(WorkerStart)
    /// End a worker process, at once.
    case stopWorker(UInt32)
    /// Register with this number, drawn for this connection: what was sent on another one is no
    /// registration here. The first message of a connection; its epoch is the leader's.
    case challenge(UInt64)

    private enum Kind: UInt8 {
        case welcome
        case refusal
        case heartbeat
        case startWorker
        case stopWorker
        case challenge
    }

    private var own: Kind {
        switch self {
        case .welcome: .welcome
        case .refusal: .refusal
        case .heartbeat: .heartbeat
        case .startWorker: .startWorker
        case .stopWorker: .stopWorker
        case .challenge: .challenge
        }
    }

    /// The kind of its frame.
    public var kind: UInt8 { ControlProtocol.FirstKind.taskManagerCommand + own.rawValue }

    /// Appends the payload.
    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .welcome(let heartbeat, let lease):
            writer.append(integer: heartbeat)
            writer.append(integer: lease)
        case .refusal(let reason): writer.append(text: reason)
        case .heartbeat: break
        case .startWorker(let start): start.encode(into: &writer)
        case .stopWorker(let number): writer.append(integer: number)
        case .challenge(let number): writer.append(integer: number)
        }
    }

    /// Reads the payload of a frame; nil if the kind is none of this protocol.
    public static func decode(
        kind: UInt8,
        _ reader: inout ByteReader
    ) throws(WeirError) -> TaskManagerCommand? {
        let own = kind &- ControlProtocol.FirstKind.taskManagerCommand
        switch Kind(rawValue: own) {
        case .welcome:
            let heartbeat = try reader.readInteger(as: Int64.self)
            return .welcome(
                heartbeatNanoseconds: heartbeat,
                leaseNanoseconds: try reader.readInteger()
            )
        case .refusal: return .refusal(try reader.readString())
        case .heartbeat: return .heartbeat
        case .startWorker: return .startWorker(try WorkerStart(from: &reader))
        case .stopWorker: return .stopWorker(try reader.readInteger())
        case .challenge: return .challenge(try reader.readInteger())
        case nil: return nil
        }
    }
}
