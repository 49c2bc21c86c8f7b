import WeirCore
import WeirData

/// What two workers say to one another on a data connection, beside the elements of its channels.
///
/// ```
/// hello     "WEIR" | version u16 | job string | sender u32 | receiver u32 | token bytes
/// welcome   nothing
/// refusal   reason string
/// credits   count u32, on the channel's stream
/// ```
/// The sender of rows connects and says hello; nothing is taken in on a connection before it is welcome.
/// The frames' epoch is the job's attempt.
package enum DataHandshake {
    /// Kinds of frames that carry no element; those of `ElementCodec` are lower.
    package enum Kind: UInt8 {
        case hello = 32
        case welcome
        case refusal
        case credits
    }

    /// The version of the protocol between workers; both must have the same.
    static let version: UInt16 = 1
    private static let magic: UInt32 = 0x5249_4557

    /// Who wants to send rows to whom.
    package struct Hello: Equatable {
        package let job: JobID
        package let attempt: Attempt
        package let sender: Int
        package let receiver: Int
        package let token: [UInt8]

        package func send(on connection: FramedConnection) {
            connection.send(kind: Kind.hello.rawValue, epoch: attempt.number) { writer in
                writer.append(integer: magic)
                writer.append(integer: version)
                writer.append(string: job.description)
                writer.append(integer: UInt32(sender))
                writer.append(integer: UInt32(receiver))
                writer.append(sized: token)
            }
        }

        /// Reads the first frame of a peer.
        ///
        /// - Throws: `protocolViolated`.
        package init(
            _ frame: Frame,
            from connection: FramedConnection
        ) throws(WeirError) {
            guard frame.kind == Kind.hello.rawValue else {
                throw connection.violation("a frame of kind \(frame.kind) before a hello")
            }
            do throws(WeirError) {
                try self.init(frame)
            } catch let error where error.code == .corruptBytes {
                throw connection.violation("a hello that does not decode: \(error.reason)")
            }
        }

        private init(_ frame: Frame) throws(WeirError) {
            var reader = ByteReader(frame.payload)
            guard try reader.readInteger(as: UInt32.self) == magic else {
                throw reader.corrupt("it does not begin with WEIR")
            }
            let version = try reader.readInteger(as: UInt16.self)
            guard version == DataHandshake.version else {
                throw reader.corrupt("version \(version), not \(DataHandshake.version)")
            }
            guard let job = JobID(try reader.readString()) else {
                throw reader.corrupt("no job id")
            }
            self.job = job
            attempt = Attempt(frame.epoch)
            sender = Int(try reader.readInteger(as: UInt32.self))
            receiver = Int(try reader.readInteger(as: UInt32.self))
            token = [UInt8](try reader.readSized())
            try reader.finish()
        }

        package init(job: JobID, attempt: Attempt, sender: Int, receiver: Int, token: [UInt8]) {
            self.job = job
            self.attempt = attempt
            self.sender = sender
            self.receiver = receiver
            self.token = token
        }
    }
}
