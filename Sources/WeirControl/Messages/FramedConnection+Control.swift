import WeirCore
import WeirTransport

extension FramedConnection {
    /// Appends a message, unless it is longer than any that is taken in; `flush` sends it.
    ///
    /// - Returns: Whether it was appended.
    @discardableResult
    public func send(
        _ message: some ControlMessage,
        stream: UInt32 = 0,
        epoch: LeaderEpoch
    ) -> Bool {
        send(
            kind: message.kind,
            stream: stream,
            epoch: epoch.number,
            mostBytes: ControlProtocol.mostPayloadBytes
        ) { message.encode(into: &$0) }
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
