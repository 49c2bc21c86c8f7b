import Synchronization
import Testing
import WeirCore
import WeirData
import WeirSystem
import WeirTransport

@Suite("Queues to other processes")
struct SendQueueTests {
    private let schema = Schema([ColumnDescriptor("number", id: 1, .int64)])
    private let producer = CountingParker()
    private let consumer = CountingParker()

    private func queue(_ softCapacity: Int = 4) -> SendQueue {
        SendQueue(softCapacity: softCapacity, producer: producer, consumer: consumer)
    }

    private func batch(_ number: Int64) throws -> Batch {
        let batch = Batch(schema, capacity: 1)
        try batch.append([.integer(number)])
        return batch
    }

    private func barrier(_ number: UInt64) -> CheckpointBarrier {
        CheckpointBarrier(
            checkpoint: CheckpointID(number),
            attempt: Attempt(1),
            triggeredAt: 0
        )
    }

    /// What tests compare: a batch's number, a barrier's number below zero, a watermark's time times
    /// thousand.
    private func number(_ element: StreamElement?) -> Int64? {
        switch element {
        case .batch(let batch): batch.columnReferences[0].load(0, as: Int64.self)
        case .barrier(let barrier): -Int64(barrier.checkpoint.number)
        case .watermark(let watermark): watermark.time * 1000
        default: nil
        }
    }

    private func takeAll(_ queue: SendQueue) -> [Int64] {
        var taken: [Int64] = []
        while let next = number(queue.take()) { taken.append(next) }
        return taken
    }

    @Test("give elements in order, as many as were granted; barriers cost nothing")
    func credits() throws {
        let queue = queue()
        queue.push(.batch(try batch(1)))
        queue.push(.watermark(Watermark(2)))
        queue.push(.barrier(barrier(3)))
        queue.push(.batch(try batch(4)))
        #expect(consumer.wakes == 4)
        #expect(takeAll(queue) == [])
        queue.grant(1)
        #expect(takeAll(queue) == [1])
        queue.grant(1)
        // The barrier needs no credit, but keeps its place.
        #expect(takeAll(queue) == [2000, -3])
        queue.grant(5)
        #expect(takeAll(queue) == [4])
        queue.push(.batch(try batch(5)))
        #expect(takeAll(queue) == [5])
        #expect(queue.count == 0)
    }

    @Test("divide a batch that is too long for one element, and lose no row")
    func longBatches() throws {
        let schema = Schema([ColumnDescriptor("text", id: 1, .bytes)])
        let batch = Batch(schema, capacity: 8)
        let long = SendQueue.longestBatchBytes / 3
        for number in 0..<8 {
            try batch.append([.bytes([UInt8](repeating: UInt8(number), count: long))])
        }
        let queue = queue()
        queue.push(.batch(batch))
        queue.grant(100)
        var first: [UInt8] = []
        var counts: [Int] = []
        while case .batch(let part)? = queue.take() {
            counts.append(part.count)
            let rows = RowSelection(part)
            for index in 0..<rows.count {
                first.append(part.columnReferences[0].bytes(rows[index])[0])
            }
            var writer = ByteWriter()
            BatchCodec.encode(part, into: &writer)
            #expect(writer.count <= SendQueue.longestBatchBytes + 1000)
        }
        #expect(counts == [2, 2, 2, 2])
        #expect(first == Array(0..<8))
    }

    @Test("have room up to their capacity, and wake the producer when half is free")
    func room() throws {
        let queue = queue(4)
        queue.grant(100)
        for number in 1...4 {
            #expect(queue.hasRoom)
            queue.push(.batch(try batch(Int64(number))))
        }
        #expect(!queue.hasRoom)
        _ = queue.take()
        #expect(producer.wakes == 0)
        _ = queue.take()
        #expect(producer.wakes == 1)
        _ = queue.take()
        #expect(producer.wakes == 1)
        #expect(queue.hasRoom)
    }

    @Test("let a barrier overtake what waits, and tell which rows it passed")
    func overtaking() throws {
        let queue = queue()
        queue.grant(1)
        for number in 1...3 { queue.push(.batch(try batch(Int64(number)))) }
        #expect(number(queue.take()) == 1)
        queue.push(.barrier(barrier(9)))
        queue.push(.batch(try batch(4)))
        let passed = queue.overtake(barrier(9).unaligned)
        // Not those behind the barrier's former place.
        #expect(passed.map { number(.batch($0)) } == [2, 3])
        #expect(takeAll(queue) == [-9])
        queue.grant(10)
        #expect(takeAll(queue) == [2, 3, 4])
    }

    @Test("let a barrier that is on its way already overtake nothing")
    func sentBarrier() throws {
        let queue = queue()
        queue.push(.barrier(barrier(9)))
        #expect(queue.holdsBarrier)
        #expect(takeAll(queue) == [-9])
        #expect(!queue.holdsBarrier)
        queue.push(.batch(try batch(1)))
        #expect(queue.overtake(barrier(9).unaligned).isEmpty)
        queue.grant(10)
        #expect(takeAll(queue) == [1])
        #expect(queue.overtake(barrier(10).unaligned).isEmpty)
        #expect(takeAll(queue) == [-10])
    }

    @Test("that are closed keep nothing, and keep nobody waiting")
    func closing() throws {
        let queue = queue(1)
        queue.push(.batch(try batch(1)))
        #expect(!queue.hasRoom)
        queue.close()
        #expect(producer.wakes == 1)
        #expect(queue.hasRoom)
        queue.push(.batch(try batch(2)))
        queue.grant(5)
        #expect(takeAll(queue) == [])
        #expect(queue.overtake(barrier(1)).isEmpty)
    }

    @Test("lose and repeat nothing between two threads, with barriers that overtake")
    func threads() throws {
        let host = RealWorld().threads
        let (sender, receiver) = (host.makeParker(), host.makeParker())
        let queue = SendQueue(softCapacity: 8, producer: sender, consumer: receiver)
        let received = Mutex<[Int64]>([])
        let passed = Mutex<[UInt64: [Int64]]>([:])
        let count: Int64 = 20_000
        let schema = schema
        let thread = host.run(name: "sender", parker: sender) {
            Sender(queue: queue, count: count, schema: schema) { checkpoint, rows in
                passed.withLock { $0[checkpoint] = rows }
            }
        }
        var outstanding = 0
        while received.withLock({ $0.count { $0 > 0 } }) < count {
            if outstanding < 4 {
                queue.grant(4)
                outstanding += 4
            }
            guard let next = number(queue.take()) else {
                receiver.park(until: nil)
                continue
            }
            if next > 0 { outstanding -= 1 }
            received.withLock { $0.append(next) }
        }
        thread.join()
        let all = received.withLock { $0 }
        #expect(all.filter { $0 > 0 } == Array(1...count))
        for (index, element) in all.enumerated() where element < 0 {
            // The rows that the sender keeps for the checkpoint are those that follow it here.
            let rows = passed.withLock { $0[UInt64(-element)] ?? [] }
            let following = all[(index + 1)...].lazy.filter { $0 > 0 }.prefix(rows.count)
            #expect(Array(following) == rows)
        }
        #expect(all.count { $0 < 0 } == Int(count / 100))
    }
}

/// Appends rows from 1 on, and every hundred rows a barrier that overtakes.
private final class Sender: Steppable {
    private let queue: SendQueue
    private let count: Int64
    private let schema: Schema
    private let report: (UInt64, [Int64]) -> Void
    private var next: Int64 = 1

    init(
        queue: SendQueue,
        count: Int64,
        schema: Schema,
        report: @escaping (UInt64, [Int64]) -> Void
    ) {
        self.queue = queue
        self.count = count
        self.schema = schema
        self.report = report
    }

    func step() -> StepOutcome {
        guard queue.hasRoom else { return .park(until: nil) }
        let batch = Batch(schema, capacity: 1)
        batch.columnReferences[0].store(next, 0)
        batch.setRowCount(1)
        queue.push(.batch(batch))
        if next % 100 == 0 {
            let barrier = CheckpointBarrier(
                checkpoint: CheckpointID(UInt64(next)),
                attempt: Attempt(1),
                isUnaligned: true,
                triggeredAt: 0
            )
            let rows = queue.overtake(barrier)
            report(UInt64(next), rows.map { $0.columnReferences[0].load(0, as: Int64.self) })
        }
        next += 1
        return next > count ? .finished : .again
    }
}
