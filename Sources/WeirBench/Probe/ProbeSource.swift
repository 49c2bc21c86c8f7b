import Weir

/// Makes a probe job's rows when they are due, whether or not the job keeps up.
final class ProbeSource: SourceOperator {
    private static let stateName = "splits"
    /// A large odd number, so that neighbouring rows are of keys far apart (Fibonacci hashing).
    private static let multiplier: UInt64 = 0x9e37_79b9_7f4a_7c15

    private let options: ProbeOptions
    private var splits: [ProbeSplit] = []
    private var watermark = Int64.min

    init(_ options: ProbeOptions) { self.options = options }

    override func open() throws(WeirError) {
        context.output.builder.setsTimes = true
        var all: [ProbeSplit] = []
        for element in context.restored.elements(Self.stateName) {
            all.append(try ProbeSplit(encoded: element))
        }
        let subtask = context.subtask
        if all.isEmpty {
            let count = Int64(subtask.parallelism)
            all = (0..<count).map { ProbeSplit(index: $0, of: count) }
        }
        splits = all.filter { Int($0.index) % subtask.parallelism == subtask.index }
    }

    override func poll() throws(WeirError) -> SourceStatus {
        let now = context.world.clock.monotonicNanoseconds()
        var wake = Int64.max
        var isReady = false
        for index in splits.indices {
            let room = splits[index].room(at: now, keys: options.keys, load: options.load)
            if room > 0 {
                emit(&splits[index], room)
                isReady = true
            } else {
                wake = min(wake, splits[index].due)
            }
        }
        if isReady {
            advanceWatermark()
            return .ready
        }
        return splits.isEmpty ? .waiting(until: nil) : .waiting(until: wake)
    }

    private func emit(_ split: inout ProbeSplit, _ room: Int64) {
        let builder = context.output.builder
        let columns = builder.batch.columnReferences
        let first = builder.rowCount
        let count = Int(min(room, Int64(builder.room)))
        let hot = UInt64(max(1, options.keys * Int64(options.hotPercent) / 100))
        for row in first..<first + count {
            let number = split.next
            let writer = RowWriter<ProbeRow>(columns, row: row)
            // The upper half of the product is even over all rows.
            let random = (UInt64(bitPattern: number) &* Self.multiplier) >> 16
            writer[ProbeRow.key] = number < options.keys ? number : Int64(random % hot)
            writer[ProbeRow.number] = number
            writer[ProbeRow.due] = split.due
            writer.eventTime = split.due / 1_000_000
            split.advance()
        }
        if count > 0 { builder.advance(count) }
    }

    /// A row that comes later is due no earlier than the last one.
    private func advanceWatermark() {
        let next = splits.reduce(Int64.max) { min($0, $1.lastDue) } / 1_000_000 - 1
        guard next > watermark, next >= 0 else { return }
        watermark = next
        emitWatermark(next)
    }

    override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        let elements = splits.map { $0.encoded() }
        snapshot.add(OperatorStateEntry(Self.stateName, .union, elements))
    }
}
