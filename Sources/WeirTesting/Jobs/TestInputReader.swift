import Weir
import WeirOperators

/// Reads some splits of a `TestInput`; its snapshot holds the position of each.
final class TestInputReader: SourceOperator {
    private struct Split {
        let index: Int
        var position: Int
        var watermark: Int64
        var isIdle: Bool
        var hasEnded = false
    }

    private static let stateName = "splits"
    /// Nanoseconds between two looks at an input that had nothing.
    private static let emptyPoll: Int64 = 1_000_000
    private let input: TestInput
    private var splits: [Split] = []
    private var emittedWatermark = EventTimes.minimum
    private var emittedStatus = WatermarkStatus.active
    private var turn = 0
    private var nextPoll: Int64 = 0

    init(_ input: TestInput) { self.input = input }

    override func open() throws(WeirError) {
        var found: [Int: Split] = [:]
        for element in context.restored.elements(Self.stateName) {
            let split = try Self.decode(element)
            found[split.index] = split
        }
        for index in 0..<input.splitCount
        where index % context.subtask.parallelism == context.subtask.index {
            splits.append(
                found[index]
                    ?? Split(
                        index: index,
                        position: 0,
                        watermark: EventTimes.minimum,
                        isIdle: false
                    )
            )
        }
    }

    override func poll() throws(WeirError) -> SourceStatus {
        let now = context.world.clock.monotonicNanoseconds()
        if now < nextPoll { return .waiting(until: nextPoll) }
        var hasRead = false
        for _ in splits.indices where !hasRead {
            turn = (turn + 1) % splits.count
            hasRead = try read(&splits[turn])
        }
        sendTime()
        if splits.allSatisfy(\.hasEnded) { return .finished }
        if hasRead, input.pollNanoseconds == 0 { return .ready }
        nextPoll = now + max(input.pollNanoseconds, TestInputReader.emptyPoll)
        return .waiting(until: nextPoll)
    }

    override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        snapshot.add(OperatorStateEntry(Self.stateName, .union, splits.map(Self.encode)))
    }

    /// Emits what a split has, up to a control entry; returns whether it had something.
    private func read(_ split: inout Split) throws(WeirError) -> Bool {
        let (entries, isLast) = input.read(
            split.index,
            from: split.position,
            limit: min(input.pollRows, context.batchCapacity)
        )
        let batch = Batch(input.schema, capacity: max(1, entries.count))
        reading: for entry in entries {
            switch entry {
            case .row(let values, let time):
                split.isIdle = false
                try batch.append(values, eventTime: time, splitWatermark: split.watermark)
                split.position += 1
            case .watermark(let time):
                // One control entry a poll, so that rows and time keep their order.
                split.watermark = max(split.watermark, time)
                split.isIdle = false
                split.position += 1
                break reading
            case .status(let status):
                split.isIdle = status == .idle
                split.position += 1
                break reading
            }
        }
        if !batch.isEmpty { context.output.emit(batch) }
        split.hasEnded = isLast && split.position == entries.endIndex || entries.isEmpty && isLast
        return !entries.isEmpty
    }

    /// Tells how far the splits are together, and whether any counts.
    private func sendTime() {
        let open = splits.filter { !$0.hasEnded }
        let active = open.filter { !$0.isIdle }
        let status: WatermarkStatus = active.isEmpty && !open.isEmpty ? .idle : .active
        if status == .active, emittedStatus == .idle {
            emittedStatus = status
            emitStatus(status)
        }
        if let least = active.map(\.watermark).min(), least > emittedWatermark {
            emittedWatermark = least
            emitWatermark(least)
        }
        if status == .idle, emittedStatus == .active {
            emittedStatus = status
            emitStatus(status)
        }
    }

    private static func encode(_ split: Split) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(count: split.index)
        writer.append(count: split.position)
        writer.append(integer: split.watermark)
        writer.append(byte: split.isIdle ? 1 : 0)
        return writer.array
    }

    private static func decode(_ element: [UInt8]) throws(WeirError) -> Split {
        try element.withReader { reader throws(WeirError) in
            let split = Split(
                index: Int(truncatingIfNeeded: try reader.readVarint()),
                position: Int(truncatingIfNeeded: try reader.readVarint()),
                watermark: try reader.readInteger(as: Int64.self),
                isIdle: try reader.readByte() == 1
            )
            try reader.finish()
            return split
        }
    }
}
