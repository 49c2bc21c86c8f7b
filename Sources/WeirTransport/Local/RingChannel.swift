import Synchronization
import WeirCore
import WeirData

/// The way from one task to another in the same process: a ring with one producer and one consumer.
///
/// Rows obey `softCapacity`: past it `hasRoom` is false, and the producer stops. Control elements
/// may exceed it up to `hardCapacity`, so that an overtaking barrier always finds a place. The
/// consumer may look at what is queued without taking it, which is what an unaligned checkpoint
/// needs. Wake-ups go through parkers: no spinning.
public final class RingChannel: @unchecked Sendable {
    // SAFETY: `slots` between head and tail belong to the consumer, the others to the producer;
    // each side moves its own index with a releasing store after it has touched the slot.

    /// Elements that rows may fill.
    public let softCapacity: Int
    /// Elements that fit at all.
    public let hardCapacity: Int

    /// Slots that only an overtaking barrier may fill.
    public static let barrierReserve = 8

    private let slots: UnsafeMutablePointer<StreamElement>
    private let mask: Int
    private let producer: any Parker
    private let consumer: any Parker
    // Each index has a cache line of its own: the two sides write them all the time, and read the
    // fields above, which never change.
    private let paddingBeforeHead: CacheLine = (0, 0, 0, 0, 0, 0, 0, 0)
    private let head = Atomic<Int>(0)
    private let paddingBeforeTail: CacheLine = (0, 0, 0, 0, 0, 0, 0, 0)
    private let tail = Atomic<Int>(0)
    private let paddingBeforeFlag: CacheLine = (0, 0, 0, 0, 0, 0, 0, 0)
    private let isProducerWaiting = Atomic<Bool>(false)
    private let overtakingBarriers = Atomic<Int>(0)
    private let barriers = Atomic<Int>(0)

    private typealias CacheLine = (
        UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64
    )

    /// A ring between the threads that sleep on these parkers.
    public init(softCapacity: Int, producer: any Parker, consumer: any Parker) {
        self.softCapacity = softCapacity
        var capacity = 64
        while capacity < softCapacity * 2 + 32 { capacity *= 2 }
        hardCapacity = capacity
        mask = capacity - 1
        slots = .allocate(capacity: capacity)
        self.producer = producer
        self.consumer = consumer
    }

    deinit {
        var index = head.load(ordering: .acquiring)
        let end = tail.load(ordering: .acquiring)
        while index < end {
            (slots + (index & mask)).deinitialize(count: 1)
            index += 1
        }
        slots.deallocate()
    }

    // MARK: Producer

    /// Whether rows may be pushed.
    ///
    /// If not, the producer's parker is woken when half of the places for rows are free.
    public var hasRoom: Bool { isBelow(softCapacity) }

    /// Whether a control element other than a barrier may be pushed: some slots stay for barriers.
    ///
    /// If not, the producer's parker is woken as for `hasRoom`.
    public var hasControlRoom: Bool { isBelow(hardCapacity - Self.barrierReserve) }

    /// Elements that were taken out of all that were ever pushed.
    ///
    /// The producer's parker is woken when another one is taken and at least half of the places for
    /// rows are free.
    public func takenCountWithWakeUp() -> Int {
        isProducerWaiting.store(true, ordering: .sequentiallyConsistent)
        return head.load(ordering: .sequentiallyConsistent)
    }

    private func isBelow(_ limit: Int) -> Bool {
        let end = tail.load(ordering: .relaxed)
        if end - head.load(ordering: .acquiring) < limit { return true }
        isProducerWaiting.store(true, ordering: .sequentiallyConsistent)
        // The consumer may have made room between the check and the announcement.
        return end - head.load(ordering: .sequentiallyConsistent) < limit
    }

    /// Appends an element and wakes the consumer.
    ///
    /// - Precondition: a slot is free, which `hasRoom` or `hasControlRoom` said.
    public func push(_ element: consuming StreamElement) {
        let index = tail.load(ordering: .relaxed)
        precondition(
            index - head.load(ordering: .acquiring) < hardCapacity,
            "a ring of \(hardCapacity) elements overflowed"
        )
        if case .barrier(let barrier) = element {
            barriers.add(1, ordering: .releasing)
            if barrier.isUnaligned { overtakingBarriers.add(1, ordering: .releasing) }
        }
        (slots + (index & mask)).initialize(to: element)
        tail.store(index + 1, ordering: .sequentiallyConsistent)
        consumer.wake()
    }

    // MARK: Consumer

    /// Elements that wait.
    public var count: Int {
        tail.load(ordering: .acquiring) - head.load(ordering: .relaxed)
    }

    /// Whether a barrier that overtakes rows may wait: `takeBarrier` finds it.
    public var mayHoldOvertakingBarrier: Bool {
        overtakingBarriers.load(ordering: .relaxed) > 0
    }

    /// Whether a barrier may wait: without one there is nothing to look through the elements for.
    public var mayHoldBarrier: Bool { barriers.load(ordering: .relaxed) > 0 }

    /// Takes the first barrier that satisfies `condition` out from between the rows.
    ///
    /// Also returns the rows that wait before it; they stay.
    public func takeBarrier(
        where condition: (CheckpointBarrier) -> Bool
    ) -> (barrier: CheckpointBarrier, rowsBefore: [Batch])? {
        var before: [Batch] = []
        for index in 0..<count {
            switch peek(index) {
            case .barrier(let barrier) where condition(barrier):
                _ = remove(index)
                return (barrier, before)
            case .batch(let batch): before.append(batch)
            default: break
            }
        }
        return nil
    }

    private func countOut(_ element: StreamElement) {
        if case .barrier(let barrier) = element {
            barriers.subtract(1, ordering: .relaxed)
            if barrier.isUnaligned { overtakingBarriers.subtract(1, ordering: .relaxed) }
        }
    }

    /// Looks at the waiting element `index`, 0 being the next, without taking it.
    ///
    /// - Precondition: `index < count`.
    public func peek(_ index: Int) -> StreamElement {
        slots[(head.load(ordering: .relaxed) + index) & mask]
    }

    /// Takes the next element, or returns nil if none waits.
    public func pop() -> StreamElement? {
        let index = head.load(ordering: .relaxed)
        guard index < tail.load(ordering: .acquiring) else { return nil }
        let element = (slots + (index & mask)).move()
        countOut(element)
        advanceHead(to: index + 1)
        return element
    }

    /// Takes the waiting element `index` out of the middle; those before it keep their order.
    public func remove(_ index: Int) -> StreamElement {
        let first = head.load(ordering: .relaxed)
        let removed = (slots + ((first + index) & mask)).move()
        countOut(removed)
        var position = index
        while position > 0 {
            let target = slots + ((first + position) & mask)
            target.moveInitialize(from: slots + ((first + position - 1) & mask), count: 1)
            position -= 1
        }
        advanceHead(to: first + 1)
        return removed
    }

    private func advanceHead(to index: Int) {
        head.store(index, ordering: .sequentiallyConsistent)
        let used = tail.load(ordering: .relaxed) - index
        guard used <= softCapacity / 2,
            isProducerWaiting.load(ordering: .sequentiallyConsistent)
        else { return }
        // If the producer fills the ring and announces itself between the check and this store, the
        // announcement is lost, but not the wake-up below: it looks again and announces anew.
        isProducerWaiting.store(false, ordering: .relaxed)
        producer.wake()
    }
}
