/// A frame as it came: what its header says, and its payload, which is valid while it is looked at.
public struct Frame {
    /// What it is, in the protocol of its connection.
    public let kind: UInt8
    /// Which of the streams on its connection it belongs to.
    public let stream: UInt32
    /// The attempt or the leader's epoch for which it was sent.
    public let epoch: UInt64
    /// What it carries.
    public let payload: UnsafeRawBufferPointer
}

@available(*, unavailable)
extension Frame: Sendable {}
