import WeirCore
import WeirData
import WeirTransport

/// One consumer of a result partition, in this process or in another one.
final class PartitionChannel {
    private let target: Target

    private enum Target {
        case local(LocalChannel)
        case remote(SendQueue)
    }

    init(_ sender: ChannelSender) {
        target =
            switch sender {
            case .ring(let ring): .local(LocalChannel(ring))
            case .queue(let queue): .remote(queue)
            }
    }

    /// Whether the producer is to stop.
    var isFull: Bool {
        switch target {
        case .local(let channel): channel.isFull
        case .remote(let queue): !queue.hasRoom
        }
    }

    /// Sends an element, or keeps it if there is no room.
    func send(_ element: consuming StreamElement) {
        switch target {
        case .local(let channel): channel.send(element)
        case .remote(let queue): queue.push(element)
        }
    }

    /// Sends what waits, as far as there is room.
    ///
    /// Returns whether anything moved.
    func drain() -> Bool {
        switch target {
        case .local(let channel): channel.drain()
        case .remote: false
        }
    }

    /// Whether a barrier waits for room behind rows.
    var holdsBarrier: Bool {
        switch target {
        case .local(let channel): channel.holdsBarrier
        case .remote(let queue): queue.holdsBarrier
        }
    }

    /// Sends a barrier ahead of what waits here, unless it was sent already; returns the rows that it
    /// overtook.
    func overtake(_ barrier: CheckpointBarrier) -> [Batch] {
        switch target {
        case .local(let channel): channel.overtake(barrier)
        case .remote(let queue): queue.overtake(barrier)
        }
    }
}
