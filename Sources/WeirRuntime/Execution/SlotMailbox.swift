import Synchronization
import WeirCore
import WeirPlan

/// Messages to the executor of a slot, from any thread.
public final class SlotMailbox: Sendable {
    /// What an executor is asked to do.
    public enum Message: Sendable {
        /// Draw the line of a checkpoint at a source.
        case trigger(TaskID, CheckpointBarrier)
        /// A checkpoint is durable: commit.
        case completed(CheckpointID, Attempt)
        /// A checkpoint will never complete.
        case aborted(CheckpointID, Attempt)
        /// The sources stop; with `drain` time is brought to its end as if the input had ended.
        case stopSources(drain: Bool)
        /// Background work of a task has ended.
        case backgroundDone(TaskID, token: Int, WeirError?)
        /// Close all tasks and end.
        case shutDown
    }

    private let messages = Mutex<[Message]>([])
    private let parker: any Parker

    /// A mailbox whose reader sleeps on `parker`.
    public init(parker: any Parker) { self.parker = parker }

    /// Puts a message in and wakes the reader.
    public func post(_ message: Message) {
        messages.withLock { $0.append(message) }
        parker.wake()
    }

    /// Takes all messages, in order.
    func takeAll() -> [Message] {
        messages.withLock { messages in
            if messages.isEmpty { return [] }
            defer { messages.removeAll(keepingCapacity: true) }
            return messages
        }
    }
}
