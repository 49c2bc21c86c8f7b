import WeirCore
import WeirData
import WeirOperators
import WeirPlan

/// The sending end of an exchange: deals an operator's rows out to the consuming subtasks.
///
/// Rows of one batch that go to several subtasks are not copied: each gets an alias with a
/// selection of its own.
final class ResultPartition: OutputTarget {
    /// The edge that it serves.
    let edge: JobEdge
    private let channels: [PartitionChannel]
    private let distribution: Distribution
    private var turn: Int

    private enum Distribution {
        case one
        case all
        case inTurn
        case byKey(KeyGroupRouter)
    }

    init(edge: JobEdge, channels: [PartitionChannel], subtask: Int, router: KeyGroupRouter?) {
        self.edge = edge
        self.channels = channels
        turn = subtask % max(1, channels.count)
        distribution =
            switch edge.exchange {
            case .broadcast: .all
            case .rebalance, .pull: channels.count == 1 ? .one : .inTurn
            case .forward: .one
            case .hash: if let router, channels.count > 1 { .byKey(router) } else { .one }
            }
    }

    var isFull: Bool {
        switch distribution {
        case .inTurn: channels.allSatisfy { $0.isFull }
        default: channels.contains { $0.isFull }
        }
    }

    func flush() {}

    func take(_ element: StreamElement) {
        switch element {
        case .batch(let batch): send(batch)
        default:
            for channel in channels { channel.send(element) }
        }
    }

    private func send(_ batch: Batch) {
        switch distribution {
        case .one: channels[0].send(.batch(batch))
        case .all:
            for channel in channels { channel.send(.batch(batch.aliased())) }
        case .inTurn:
            for _ in channels.indices {
                turn = (turn + 1) % channels.count
                if !channels[turn].isFull { break }
            }
            channels[turn].send(.batch(batch))
        case .byKey(let router):
            router.route(batch) { target, part in channels[target].send(.batch(part)) }
        }
    }

    /// Sends what waits.
    ///
    /// Returns whether anything moved.
    func drain() -> Bool {
        var hasMoved = false
        for channel in channels where channel.drain() { hasMoved = true }
        return hasMoved
    }

    /// Whether a barrier waits for room behind rows.
    var holdsBarrier: Bool { channels.contains { $0.holdsBarrier } }

    /// Sends a barrier ahead of the rows that wait here; returns them by consuming subtask.
    func overtake(_ barrier: CheckpointBarrier) -> [(target: Int, batch: Batch)] {
        channels.enumerated().flatMap { target, channel in
            channel.overtake(barrier).map { (target, $0) }
        }
    }
}
