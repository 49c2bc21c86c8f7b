import Testing
import WeirCore
import WeirData
import WeirSystem
import WeirTransport

@Suite("A ring between two slots")
struct RingChannelTests {
    let producer = CountingParker()
    let consumer = CountingParker()

    private func ring(softCapacity: Int) -> RingChannel {
        RingChannel(softCapacity: softCapacity, producer: producer, consumer: consumer)
    }

    @Test("elements come out in the order in which they went in, and each push wakes")
    func order() {
        let ring = ring(softCapacity: 4)
        #expect(ring.pop() == nil)
        for time in 0..<3 { ring.push(.watermark(Watermark(Int64(time)))) }
        #expect(consumer.wakes == 3)
        #expect(ring.count == 3)
        #expect((0..<3).map { _ in ring.pop()?.time } == [0, 1, 2])
        #expect(ring.count == 0)
    }

    @Test("rows stop at the soft capacity, control elements before the barriers' reserve")
    func capacities() {
        let ring = ring(softCapacity: 4)
        for time in 0..<4 {
            #expect(ring.hasRoom)
            ring.push(.watermark(Watermark(Int64(time))))
        }
        #expect(!ring.hasRoom)
        while ring.hasControlRoom { ring.push(.status(.active)) }
        #expect(ring.count == ring.hardCapacity - RingChannel.barrierReserve)
        for _ in 0..<RingChannel.barrierReserve { ring.push(.endOfInput) }
        #expect(ring.count == ring.hardCapacity)
    }

    @Test("a producer that found no room is woken once, when half is free")
    func backpressure() {
        let ring = ring(softCapacity: 8)
        while ring.hasRoom { ring.push(.endOfInput) }
        for _ in 0..<3 { _ = ring.pop() }
        #expect(producer.wakes == 0)
        _ = ring.pop()
        #expect(producer.wakes == 1)
        while ring.pop() != nil {}
        #expect(producer.wakes == 1)
    }

    @Test("a producer that found no room for control elements is woken too")
    func controlBackpressure() {
        let ring = ring(softCapacity: 2)
        while ring.hasControlRoom { ring.push(.status(.idle)) }
        while ring.pop() != nil {}
        #expect(producer.wakes == 1)
    }

    @Test("looking takes nothing; taking from the middle keeps the others' order")
    func peekAndRemove() {
        let ring = ring(softCapacity: 8)
        // The indices go round the end of the ring's memory.
        for _ in 0..<60 {
            ring.push(.endOfInput)
            _ = ring.pop()
        }
        for time in 0..<8 { ring.push(.watermark(Watermark(Int64(time)))) }
        #expect((0..<8).map { ring.peek($0).time } == [0, 1, 2, 3, 4, 5, 6, 7])
        #expect(ring.remove(5).time == 5)
        #expect(ring.remove(0).time == 0)
        #expect(ring.remove(5).time == 7)
        #expect((0..<5).map { _ in ring.pop()?.time } == [1, 2, 3, 4, 6])
    }

    @Test("batches that nobody took are freed with the ring")
    func freed() {
        weak var seen: Batch?
        do {
            let ring = ring(softCapacity: 8)
            let batch = Batch(.empty, capacity: 1)
            seen = batch
            ring.push(.batch(batch))
        }
        #expect(seen == nil)
    }

    @Test("overflow is caught instead of overwriting")
    func overflow() async {
        await #expect(processExitsWith: .failure) {
            let parker = CountingParker()
            let ring = RingChannel(softCapacity: 1, producer: parker, consumer: parker)
            while true { ring.push(.endOfInput) }
        }
    }
}

extension StreamElement {
    /// The time of a watermark.
    var time: Int64? {
        if case .watermark(let watermark) = self { return watermark.time }
        return nil
    }
}
