import WeirCore
import WeirData
import WeirTransport

/// A consumer in this process: its ring, and the elements that found no room in it.
final class LocalChannel {
    private let ring: RingChannel
    private var waiting = ElementQueue()
    private var latestSent = CheckpointID.none

    init(_ ring: RingChannel) { self.ring = ring }

    /// Whether the producer is to stop.
    var isFull: Bool { !waiting.isEmpty || !ring.hasRoom }

    /// Sends an element, or keeps it if there is no room.
    func send(_ element: consuming StreamElement) {
        if waiting.isEmpty, ring.hasControlRoom, isAdmitted(element) {
            push(element)
        } else {
            waiting.append(element, input: 0)
        }
    }

    private func push(_ element: consuming StreamElement) {
        if case .barrier(let barrier) = element { latestSent = barrier.checkpoint }
        ring.push(element)
    }

    private func isAdmitted(_ element: StreamElement) -> Bool {
        if case .batch = element { return ring.hasRoom }
        return true
    }

    /// Sends what waits, as far as there is room.
    ///
    /// Returns whether anything moved.
    func drain() -> Bool {
        var hasMoved = false
        while let next = waiting.next, ring.hasControlRoom, isAdmitted(next.element) {
            guard let (element, _) = waiting.pop() else { break }
            push(element)
            hasMoved = true
        }
        return hasMoved
    }

    /// Whether a barrier waits for room behind rows.
    var holdsBarrier: Bool {
        waiting.waiting.contains { entry in
            if case .barrier = entry.element { true } else { false }
        }
    }

    /// Sends a barrier ahead of what waits here, unless it is in the ring already; returns the rows
    /// that it overtook.
    func overtake(_ barrier: CheckpointBarrier) -> [Batch] {
        guard latestSent < barrier.checkpoint else { return [] }
        var rows: [Batch] = []
        for (element, _) in waiting.waiting {
            if case .barrier(let waiting) = element, waiting.checkpoint == barrier.checkpoint {
                break
            }
            if case .batch(let batch) = element { rows.append(batch) }
        }
        waiting.removeBarrier(of: barrier.checkpoint)
        push(.barrier(barrier))
        return rows
    }
}
