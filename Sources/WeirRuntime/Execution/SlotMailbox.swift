import WeirControl
import WeirCore
import WeirPlan

/// Messages to the executor of a slot, from any thread.
public final class SlotMailbox: Sendable {
    /// What an executor is asked to do.
    public enum Message: Sendable {
        /// Draw the line of a checkpoint at a source.
        case trigger(TaskID, CheckpointBarrier)
        /// What all tasks are told.
        case command(TaskCommand)
        /// Background work of a task has ended.
        case backgroundDone(TaskID, token: Int, WeirError?)
        /// Close all tasks and end.
        case shutDown
    }

    private let queue: EventQueue<Message>

    /// A mailbox whose reader sleeps on `parker`.
    public init(parker: any Parker) { queue = EventQueue(parker: parker) }

    /// Puts a message in and wakes the reader.
    public func post(_ message: Message) { queue.post(message) }

    /// Takes all messages, in order.
    func takeAll() -> [Message] { queue.takeAll() }
}
