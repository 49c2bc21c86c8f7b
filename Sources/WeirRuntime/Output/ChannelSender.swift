import WeirTransport

/// The sending end of a channel: a ring to a task of this process, or a queue to another one.
enum ChannelSender: Sendable {
    case ring(RingChannel)
    case queue(SendQueue)
}
