import WeirCore
import WeirTransport

extension FramedConnection {
    /// Appends a message; `flush` sends it.
    public func send(_ message: some ControlMessage, stream: UInt32 = 0, epoch: LeaderEpoch) {
        send(kind: message.kind, stream: stream, epoch: epoch.number) { message.encode(into: &$0) }
    }

    /// Reads a message of a protocol out of a frame.
    ///
    /// - Throws: `protocolViolated`.
    public func message<Message: ControlMessage>(
        _ type: Message.Type,
        in frame: Frame
    ) throws(WeirError) -> Message {
        do throws(WeirError) {
            return try Message.decode(kind: frame.kind, payload: frame.payload)
        } catch {
            throw violation("a message that does not decode: \(error.reason) (\(error.position))")
        }
    }
}
