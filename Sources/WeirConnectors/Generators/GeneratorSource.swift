import WeirCore
import WeirData
import WeirOperators

/// A source whose rows are functions of their numbers.
///
/// Bounded or not, paced or as fast as possible. Each subtask makes the rows of some splits; which
/// rows there are does not depend on splits or parallelism. Resumes exactly, also at another
/// parallelism: every subtask receives the positions of all splits and takes its own.
public class GeneratorSource: SourceOperator {
    private static let stateName = "splits"
    private let shape: GeneratorShape
    private var splits: [GeneratorSplit] = []
    private var pace: Pace?
    private var emittedWatermark = EventTimes.minimum

    init(_ shape: GeneratorShape) { self.shape = shape }

    /// Writes rows of `split`, of numbers below `limit`, to rows `rows` of the batch, as many as
    /// fit or there are, with their event times; moves the split on; returns how many rows.
    func generate(
        _ split: inout GeneratorSplit,
        below limit: Int64,
        _ batch: Batch,
        _ rows: Range<Int>
    ) -> Int {
        preconditionFailure("\(context.name) does not generate rows")
    }

    /// Makes the splits, or takes them from the snapshot.
    public override func open() throws(WeirError) {
        context.output.builder.setsTimes = true
        let subtask = context.subtask
        let cycle = shape.cycle
        let strategy = shape.strategy
        var all: [GeneratorSplit] = []
        for element in context.restored.elements(Self.stateName) {
            all.append(try GeneratorSplit(element, cycle: cycle, strategy))
        }
        if all.isEmpty {
            let count = Int64(shape.splitCount ?? subtask.parallelism)
            all = (0..<count).map { GeneratorSplit(index: $0, of: count, cycle: cycle, strategy) }
        }
        splits = all.filter { Int($0.index) % subtask.parallelism == subtask.index }
        if let rate = shape.rowsPerSecond {
            pace = Pace(rowsPerSecond: rate, from: all.map(\.next).min() ?? 0)
        }
    }

    /// Makes up to one batch of rows of the split that is furthest behind.
    public override func poll() throws(WeirError) -> SourceStatus {
        guard let index = furthestBehind() else { return .finished }
        var limit = shape.end
        if var pace {
            limit = min(limit, pace.rowsDue(now: context.world.clock.monotonicNanoseconds()))
            self.pace = pace
            if splits[index].next >= limit { return .waiting(until: pace.due(splits[index].next)) }
        }
        let builder = context.output.builder
        let batch = builder.batch
        let first = builder.rowCount
        let count = generate(&splits[index], below: limit, batch, first..<first + builder.room)
        splits[index].watermarks.stamp(batch, first..<first + count)
        if count > 0 { builder.advance(count) }
        advanceWatermark()
        if let total = shape.rowCount { context.metrics.progress = progress(of: total) }
        return .ready
    }

    /// Writes the positions.
    public override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        snapshot.add(OperatorStateEntry(Self.stateName, .union, splits.map { $0.encoded() }))
    }

    /// The split with the lowest next row, so that event time runs alike in all; nil at the end.
    private func furthestBehind() -> Int? {
        var best: Int?
        for index in splits.indices where splits[index].next < shape.end {
            if let found = best, splits[found].next <= splits[index].next { continue }
            best = index
        }
        return best
    }

    private func advanceWatermark() {
        var lowest = EventTimes.maximum
        for split in splits where split.next < shape.end {
            lowest = min(lowest, split.watermarks.watermark)
        }
        guard lowest > emittedWatermark, lowest < EventTimes.maximum else { return }
        emittedWatermark = lowest
        emitWatermark(lowest)
    }

    private func progress(of total: Int64) -> Double {
        let lowest = splits.reduce(total) { min($0, $1.next) }
        return total == 0 ? 1 : Double(lowest) / Double(total)
    }
}

/// What a generator does whatever its rows are.
struct GeneratorShape: Sendable {
    /// Neighbouring numbers that stay in one split.
    var cycle: Int64 = 1
    /// Rows in all; nil: no end.
    var rowCount: Int64?
    /// Rows per second of processing time; nil: as fast as possible.
    var rowsPerSecond: Double?
    /// Splits at a fresh start; nil: one a subtask.
    var splitCount: Int?
    /// How watermarks follow from event times.
    var strategy: WatermarkStrategy

    /// One past the last number.
    var end: Int64 { rowCount ?? 1 << 50 }
}
