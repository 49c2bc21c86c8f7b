import WeirCore
import WeirData
import WeirPlan
import WeirSnapshot

/// What a worker tells the job manager; the task manager passes it on.
public enum WorkerReport: ControlMessage {
    /// It takes deployments, and data connections at this port.
    case ready(processID: Int, dataPort: Int, graphFingerprint: UInt64)
    /// A task tells something.
    case task(TaskEvent)
    /// The tasks of an attempt could not be started.
    case attemptFailed(Attempt, WeirError)
    /// The tasks of an attempt that was cancelled touch nothing any more.
    case attemptEnded(Attempt)
    /// Something that a person should know.
    case notice(String)
    /// What it runs, since it was asked.
    case standing(WorkerStanding)
    /// It lives; the task manager does not pass it on.
    case heartbeat

    private enum Kind: UInt8 {
        case ready
        case task
        case attemptFailed
        case attemptEnded
        case notice
        case standing
        case heartbeat
    }

    private var own: Kind {
        switch self {
        case .ready: .ready
        case .task: .task
        case .attemptFailed: .attemptFailed
        case .attemptEnded: .attemptEnded
        case .notice: .notice
        case .standing: .standing
        case .heartbeat: .heartbeat
        }
    }

    /// The kind of its frame.
    public var kind: UInt8 { ControlProtocol.FirstKind.workerReport + own.rawValue }

    /// Appends the payload.
    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .ready(let processID, let dataPort, let fingerprint):
            writer.append(count: processID)
            writer.append(count: dataPort)
            writer.append(integer: fingerprint)
        case .task(let event): event.encode(into: &writer)
        case .attemptFailed(let attempt, let error):
            writer.append(integer: attempt.number)
            writer.append(error)
        case .attemptEnded(let attempt): writer.append(integer: attempt.number)
        case .notice(let text): writer.append(text: text)
        case .standing(let standing): standing.encode(into: &writer)
        case .heartbeat: break
        }
    }

    /// Reads the payload of a frame; nil if the kind is none of this protocol.
    public static func decode(
        kind: UInt8,
        _ reader: inout ByteReader
    ) throws(WeirError) -> WorkerReport? {
        let own = kind &- ControlProtocol.FirstKind.workerReport
        switch Kind(rawValue: own) {
        case .ready:
            return .ready(
                processID: try reader.readNumber(below: 1 << 31),
                dataPort: try reader.readNumber(below: 1 << 16),
                graphFingerprint: try reader.readInteger()
            )
        case .task: return .task(try TaskEvent(from: &reader))
        case .attemptFailed:
            let attempt = Attempt(try reader.readInteger())
            return .attemptFailed(attempt, try reader.readError())
        case .attemptEnded: return .attemptEnded(Attempt(try reader.readInteger()))
        case .notice: return .notice(try reader.readString())
        case .standing: return .standing(try WorkerStanding(from: &reader))
        case .heartbeat: return .heartbeat
        case nil: return nil
        }
    }
}
