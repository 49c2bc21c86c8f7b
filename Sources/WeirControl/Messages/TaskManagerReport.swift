import WeirCore
import WeirData

/// What a task manager is, as it tells at its registration.
public struct TaskManagerDescription: Sendable, Equatable {
    /// A worker process that it supervises.
    public struct Worker: Sendable, Equatable {
        /// The number that the job manager gave it.
        public let number: UInt32
        /// Its job.
        public let job: JobID

        /// Describes a worker.
        public init(number: UInt32, job: JobID) {
            self.number = number
            self.job = job
        }
    }

    /// Unlike that of any other task manager, also after it was started again.
    public let id: String
    /// Where other task managers' workers find its workers.
    public let host: String
    /// The lowest port at which its workers take data connections; 0: any.
    public let dataPort: Int
    /// Its process.
    public let processID: Int
    /// Slots that it offers.
    public let slots: Int
    /// Bytes that all its workers may use together.
    public let memoryBytes: Int
    /// What its machine has.
    public let machine: MachineResources
    /// Workers that run: not empty if it was registered before.
    public let workers: [Worker]

    /// Describes a task manager.
    public init(
        id: String,
        host: String,
        dataPort: Int,
        processID: Int,
        slots: Int,
        memoryBytes: Int,
        machine: MachineResources,
        workers: [Worker] = []
    ) {
        self.id = id
        self.host = host
        self.dataPort = dataPort
        self.processID = processID
        self.slots = slots
        self.memoryBytes = memoryBytes
        self.machine = machine
        self.workers = workers
    }

    func encode(into writer: inout ByteWriter) {
        writer.append(string: id)
        writer.append(string: host)
        writer.append(count: dataPort)
        writer.append(count: processID)
        writer.append(count: slots)
        writer.append(count: memoryBytes)
        writer.append(count: machine.processors)
        writer.append(count: machine.memoryBytes)
        writer.append(list: workers) { worker, writer in
            writer.append(integer: worker.number)
            writer.append(string: worker.job.description)
        }
    }

    init(from reader: inout ByteReader) throws(WeirError) {
        self.init(
            id: try reader.readString(),
            host: try reader.readString(),
            dataPort: try reader.readNumber(below: 1 << 16),
            processID: try reader.readNumber(below: 1 << 31),
            slots: try reader.readNumber(below: 1 << 16),
            memoryBytes: try reader.readNumber(below: 1 << 50),
            machine: MachineResources(
                processors: try reader.readNumber(below: 1 << 20),
                memoryBytes: try reader.readNumber(below: 1 << 60)
            ),
            workers: try reader.readList(smallest: 5) { (reader) throws(WeirError) in
                let number = try reader.readInteger(as: UInt32.self)
                guard let job = JobID(try reader.readString()) else {
                    throw reader.corrupt("no job id")
                }
                return Worker(number: number, job: job)
            }
        )
    }
}

/// What a task manager tells its job manager, beside what its workers tell.
public enum TaskManagerReport: ControlMessage, Equatable {
    /// The first message: who it is. The token is the cluster's, the challenge the one that came on this
    /// connection.
    case register(TaskManagerDescription, token: [UInt8], challenge: UInt64)
    /// It lives.
    case heartbeat
    /// A worker's process has ended, or could not be started.
    case workerEnded(UInt32, WeirError)

    private enum Kind: UInt8 {
        case register
        case heartbeat
        case workerEnded
    }

    private var own: Kind {
        switch self {
        case .register: .register
        case .heartbeat: .heartbeat
        case .workerEnded: .workerEnded
        }
    }

    /// The kind of its frame.
    public var kind: UInt8 { ControlProtocol.FirstKind.taskManagerReport + own.rawValue }

    /// Appends the payload.
    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .register(let description, let token, let challenge):
            writer.append(integer: ControlProtocol.magic)
            writer.append(integer: ControlProtocol.version)
            writer.append(sized: token)
            writer.append(integer: challenge)
            description.encode(into: &writer)
        case .heartbeat: break
        case .workerEnded(let number, let error):
            writer.append(integer: number)
            writer.append(error)
        }
    }

    /// Reads the payload of a frame; nil if the kind is none of this protocol.
    public static func decode(
        kind: UInt8,
        _ reader: inout ByteReader
    ) throws(WeirError) -> TaskManagerReport? {
        let own = kind &- ControlProtocol.FirstKind.taskManagerReport
        switch Kind(rawValue: own) {
        case .register:
            guard try reader.readInteger(as: UInt32.self) == ControlProtocol.magic else {
                throw reader.corrupt("it does not begin with WEIR")
            }
            let version = try reader.readInteger(as: UInt16.self)
            guard version == ControlProtocol.version else {
                throw reader.corrupt("version \(version), not \(ControlProtocol.version)")
            }
            let token = [UInt8](try reader.readSized())
            let challenge = try reader.readInteger(as: UInt64.self)
            let description = try TaskManagerDescription(from: &reader)
            return .register(description, token: token, challenge: challenge)
        case .heartbeat: return .heartbeat
        case .workerEnded:
            let number = try reader.readInteger(as: UInt32.self)
            return .workerEnded(number, try reader.readError())
        case nil: return nil
        }
    }
}
