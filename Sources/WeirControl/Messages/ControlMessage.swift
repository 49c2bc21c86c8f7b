import WeirCore
import WeirData

/// A message between job manager, task managers and workers: the kind and the payload of a frame.
///
/// The frame's epoch is that of the leader which sent the message or is to get it; receivers that know
/// a higher one refuse it. Its stream is the worker's number, for messages that a task manager passes on,
/// else 0. Kinds are unlike in all protocols, so that a message which goes astray is none.
public protocol ControlMessage: Sendable {
    /// The kind of its frame.
    var kind: UInt8 { get }
    /// Appends the payload.
    func encode(into writer: inout ByteWriter)
    /// Reads the payload of a frame; nil if the kind is none of this protocol.
    ///
    /// - Throws: `corruptBytes`, whatever the bytes are.
    static func decode(kind: UInt8, _ reader: inout ByteReader) throws(WeirError) -> Self?
}

/// What the processes of a cluster must agree on.
public enum ControlProtocol {
    /// The version of all messages; processes with different ones refuse each other.
    public static let version: UInt16 = 1
    /// What the first message of each connection begins with: "WEIR".
    public static let magic: UInt32 = 0x5249_4557
    /// Longest payload of a message: a manifest with many files.
    public static let mostPayloadBytes = 64 << 20
    /// Longest payload of a peer that has not shown who it is.
    public static let mostStrangerBytes = 32 << 10

    /// From one sign of life of a worker to the next, in nanoseconds.
    public static let workerHeartbeatNanoseconds: Int64 = 500_000_000
    /// Silence after which a worker is ended, in nanoseconds.
    public static let workerLeaseNanoseconds: Int64 = 3_000_000_000

    /// First kinds of the protocols.
    enum FirstKind {
        static let taskManagerCommand: UInt8 = 64
        static let taskManagerReport: UInt8 = 96
        static let workerCommand: UInt8 = 128
        static let workerReport: UInt8 = 160
    }
}

extension ControlMessage {
    /// Reads a whole payload.
    ///
    /// - Throws: `corruptBytes` also for a kind of another protocol, and for bytes that are left over.
    public static func decode(
        kind: UInt8,
        payload: UnsafeRawBufferPointer
    ) throws(WeirError) -> Self {
        var reader = ByteReader(payload)
        guard let message = try decode(kind: kind, &reader) else {
            throw reader.corrupt("a message of the unknown kind \(kind)")
        }
        try reader.finish()
        return message
    }
}
