import Synchronization
import WeirCore
import WeirData

/// What a task has for a channel to another process and its connection has not taken yet.
///
/// The task's thread appends, the connection's thread takes; a lock for each element, which is a batch
/// of rows. Elements are taken against credits, which the receiver grants as its consumer takes what
/// came before: so both ends hold a bounded number, and the connection itself never backs up. Barriers
/// need no credit: the receiver keeps places for them.
///
/// A barrier that overtakes goes to the front, and the rows that it passed are the sender's part of
/// the unaligned checkpoint: they stay here, and the task stores copies.
public final class SendQueue: Sendable {
    private struct State {
        // SAFETY: elements are not Sendable because batches are shared without locks; here each is
        // either in this queue or with one of the two threads, and both only read one that is sent.
        nonisolated(unsafe) var elements: [StreamElement] = []
        /// Elements taken from the front of `elements`.
        var taken = 0
        /// Elements without barriers that may be sent.
        var credits = 0
        /// The barrier that was taken last; they come in ascending order.
        var lastBarrier = CheckpointID.none
        var isProducerWaiting = false
        var isClosed = false

        var count: Int { elements.count - taken }
    }

    /// About the longest batch that is sent as one element: longer ones are divided.
    public static let longestBatchBytes = 16 << 20

    /// Elements that rows may fill.
    public let softCapacity: Int
    private let producer: any Parker
    private let consumer: any Parker
    private let state: Mutex<State>

    /// An empty queue between the threads that sleep on these parkers.
    public init(softCapacity: Int, producer: any Parker, consumer: any Parker) {
        precondition(softCapacity > 0, "\(softCapacity) elements")
        self.softCapacity = softCapacity
        self.producer = producer
        self.consumer = consumer
        state = Mutex(State())
    }

    // MARK: Producer

    /// Whether rows may be appended.
    ///
    /// If not, the producer's parker is woken when half of the places are free.
    public var hasRoom: Bool {
        state.withLock { state in
            if state.isClosed || state.count < softCapacity { return true }
            state.isProducerWaiting = true
            return false
        }
    }

    /// Appends an element, of a long batch several, and wakes the connection's thread.
    ///
    /// Control elements are always taken in: the producer makes few of them between two rows. What
    /// comes after the end is dropped.
    public func push(_ element: StreamElement) {
        // SAFETY: the producer gives the elements away.
        nonisolated(unsafe) let parts = Self.parts(of: element)
        let isTaken = state.withLock { state -> Bool in
            if state.isClosed { return false }
            state.elements.append(contentsOf: parts)
            return true
        }
        if isTaken { consumer.wake() }
    }

    private static func parts(of element: StreamElement) -> [StreamElement] {
        guard case .batch(let batch) = element else { return [element] }
        return BatchCodec.parts(of: batch, mostBytes: longestBatchBytes).map { .batch($0) }
    }

    /// Puts a barrier before all that waits, unless that barrier was taken already.
    ///
    /// Returns the batches that it overtook, oldest first; they stay, and are sent behind it. A copy of
    /// the barrier that waits among them is taken out: only rows before it were overtaken.
    public func overtake(_ barrier: CheckpointBarrier) -> [Batch] {
        // SAFETY: written inside of the lock's closure, which has ended before it is read.
        nonisolated(unsafe) var overtaken: [Batch] = []
        state.withLock { state in
            if state.isClosed || state.lastBarrier >= barrier.checkpoint { return }
            var rows: [Batch] = []
            var kept: [StreamElement] = []
            var isBefore = true
            for element in state.elements[state.taken...] {
                switch element {
                case .barrier(let other) where other.checkpoint == barrier.checkpoint:
                    isBefore = false
                    continue
                case .batch(let batch) where isBefore: rows.append(batch)
                default: break
                }
                kept.append(element)
            }
            state.elements = [.barrier(barrier)] + kept
            state.taken = 0
            overtaken = rows
        }
        consumer.wake()
        return overtaken
    }

    /// Elements that wait.
    public var count: Int { state.withLock { $0.count } }

    /// Whether a barrier waits, behind rows that wait for credits.
    public var holdsBarrier: Bool {
        state.withLock { state in
            state.elements[state.taken...].contains { element in
                if case .barrier = element { true } else { false }
            }
        }
    }

    // MARK: The connection

    /// Allows so many more elements to be sent.
    public func grant(_ credits: Int) {
        state.withLock { $0.credits += credits }
    }

    /// Takes the next element if it may be sent.
    public func take() -> StreamElement? {
        // SAFETY: written inside of the lock's closure, which has ended before it is read.
        nonisolated(unsafe) var next: StreamElement?
        let wakes = state.withLock { state -> Bool in
            guard state.taken < state.elements.count else { return false }
            let element = state.elements[state.taken]
            var isBarrier = false
            if case .barrier(let barrier) = element {
                state.lastBarrier = max(state.lastBarrier, barrier.checkpoint)
                isBarrier = true
            } else {
                guard state.credits > 0 else { return false }
                state.credits -= 1
            }
            next = element
            state.taken += 1
            compact(&state)
            guard state.isProducerWaiting, state.count <= softCapacity / 2 else {
                // The producer keeps a checkpoint open as long as its barrier waits here.
                return isBarrier
            }
            state.isProducerWaiting = false
            return true
        }
        if wakes { producer.wake() }
        return next
    }

    private func compact(_ state: inout State) {
        if state.taken == state.elements.count {
            state.elements.removeAll(keepingCapacity: true)
            state.taken = 0
        } else if state.taken >= 64 {
            state.elements.removeFirst(state.taken)
            state.taken = 0
        }
    }

    /// The connection is lost, or the attempt has ended: nothing more is kept, and the producer does not
    /// wait for room.
    public func close() {
        state.withLock { state in
            state.isClosed = true
            state.elements = []
            state.taken = 0
        }
        producer.wake()
    }
}
