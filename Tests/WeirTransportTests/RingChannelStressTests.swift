import Synchronization
import Testing
import WeirCore
import WeirData
import WeirSystem
import WeirTransport

@Suite("A ring between two running threads")
struct RingChannelStressTests {
    @Test(
        "nothing is lost, doubled or reordered, and nobody sleeps for ever",
        arguments: [1, 2, 3, 16, 100]
    )
    func stress(softCapacity: Int) {
        let world = RealWorld()
        let seed = world.random.next()
        print("RingChannelStressTests softCapacity \(softCapacity) seed \(seed)")
        let lane = Lane(world, softCapacity: softCapacity, seed: seed)
        let sender = world.threads.run(name: "sender", parker: lane.producer) { Sender(lane) }
        let receiver = world.threads.run(name: "receiver", parker: lane.consumer) {
            Receiver(lane)
        }
        sender.join()
        receiver.join()
        #expect(lane.faults.load(ordering: .acquiring) == 0)
        #expect(lane.received.load(ordering: .acquiring) == Lane.elements)
        #expect(lane.barriers.load(ordering: .acquiring) > 0)
    }
}

/// What the two threads share.
private final class Lane: Sendable {
    static let elements = 300_000

    let seed: UInt64
    let ring: RingChannel
    let producer: any Parker
    let consumer: any Parker
    let faults = Atomic<Int>(0)
    let received = Atomic<Int>(0)
    let barriers = Atomic<Int>(0)

    init(_ world: RealWorld, softCapacity: Int, seed: UInt64) {
        self.seed = seed
        producer = world.threads.makeParker()
        consumer = world.threads.makeParker()
        ring = RingChannel(softCapacity: softCapacity, producer: producer, consumer: consumer)
    }

    func check(_ holds: Bool) {
        if !holds { faults.add(1, ordering: .relaxed) }
    }
}

/// Sends numbered batches and watermarks, and sometimes a numbered barrier, as fast as it may.
private final class Sender: Steppable {
    private let lane: Lane
    private var random: SplitMix64
    private var next = 0
    private var checkpoint = CheckpointID.none

    init(_ lane: Lane) {
        self.lane = lane
        random = SplitMix64(seed: lane.seed)
    }

    func step() -> StepOutcome {
        for _ in 0..<Int(random.next() % 64) {
            if next == Lane.elements {
                lane.ring.push(.endOfInput)
                return .finished
            }
            let isBatch = next % 3 != 0
            guard isBatch ? lane.ring.hasRoom : lane.ring.hasControlRoom else {
                return .park(until: nil)
            }
            lane.ring.push(isBatch ? .batch(batch(next)) : .watermark(Watermark(Int64(next))))
            next += 1
            if random.next() % 50 == 0, lane.ring.hasControlRoom { pushBarrier() }
        }
        return .again
    }

    private func pushBarrier() {
        checkpoint = checkpoint.next
        lane.ring.push(
            .barrier(
                CheckpointBarrier(
                    checkpoint: checkpoint,
                    attempt: Attempt(1),
                    isUnaligned: true,
                    triggeredAt: 0
                )
            )
        )
    }

    private func batch(_ number: Int) -> Batch {
        let batch = Batch(.empty, capacity: 1)
        batch.eventTimes[0] = Int64(number)
        batch.setRowCount(1)
        return batch
    }
}

/// Takes what there is in random portions; lets barriers overtake.
private final class Receiver: Steppable {
    private let lane: Lane
    private var random: SplitMix64
    private var expected = 0
    private var checkpoint = CheckpointID.none

    init(_ lane: Lane) {
        self.lane = lane
        random = SplitMix64(seed: ~lane.seed)
    }

    func step() -> StepOutcome {
        overtake()
        for _ in 0...Int(random.next() % 32) {
            guard let element = lane.ring.pop() else { return .park(until: nil) }
            switch element {
            case .batch(let batch):
                lane.check(batch.rowCount == 1)
                take(Int(batch.eventTimes[0]))
            case .watermark(let watermark): take(Int(watermark.time))
            case .barrier(let barrier): take(barrier)
            case .endOfInput:
                lane.received.store(expected, ordering: .releasing)
                return .finished
            case .status, .latencyMarker: lane.check(false)
            }
        }
        return .again
    }

    private func overtake() {
        guard random.next() % 4 == 0, lane.ring.mayHoldOvertakingBarrier else { return }
        let wanted = checkpoint.next
        guard let taken = lane.ring.takeBarrier(where: { $0.checkpoint == wanted }) else { return }
        take(taken.barrier)
        var times = taken.rowsBefore.map { Int($0.eventTimes[0]) }
        lane.check(times == times.sorted())
        // The rows stay: they are the next that come out, with nothing but watermarks between.
        if let first = times.first { lane.check(first == expected || first == expected + 1) }
        while let last = times.popLast() { lane.check(last >= expected && last % 3 != 0) }
    }

    private func take(_ number: Int) {
        lane.check(number == expected)
        expected += 1
    }

    private func take(_ barrier: CheckpointBarrier) {
        lane.check(barrier.checkpoint == checkpoint.next)
        checkpoint = barrier.checkpoint
        lane.barriers.add(1, ordering: .relaxed)
    }
}
