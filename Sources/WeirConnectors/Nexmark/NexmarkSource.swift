import WeirCore
import WeirData
import WeirOperators

/// Nexmark's persons, auctions and bids, as rows.
///
/// Bounded or not, paced or as fast as possible. Each subtask makes the events of some splits;
/// which events there are, with which times, does not depend on splits or parallelism. Resumes
/// exactly, also at another parallelism.
public final class NexmarkSource: SourceOperator {
    private static let stateName = "splits"
    /// Events looked at in one poll, if few of them are of the wanted kind.
    private static let scanLimit = 32768

    private let configuration: NexmarkConfiguration
    private let strategy: WatermarkStrategy
    private let writer: NexmarkWriter
    private let end: Int64
    private var splits: [NexmarkSplit] = []
    private var pace: Pace?
    private var emittedWatermark = EventTimes.minimum

    /// A source of these events.
    ///
    /// Without a strategy, watermarks follow the events' times as closely as their order allows.
    ///
    /// - Throws: `badValue` if the configuration is out of its ranges.
    public init(
        _ configuration: NexmarkConfiguration,
        watermarks: WatermarkStrategy? = nil
    ) throws(WeirError) {
        try configuration.check()
        self.configuration = configuration
        writer = NexmarkWriter(configuration)
        strategy =
            watermarks
            ?? .boundedDisorder(milliseconds: writer.timeline.disorderMilliseconds)
        end = configuration.eventCount ?? 1 << 50
    }

    /// The rows' schema.
    public static func schema(_ table: NexmarkTable) -> Schema {
        switch table {
        case .all: NexmarkEvent.schema
        case .person: NexmarkPerson.schema
        case .auction: NexmarkAuction.schema
        case .bid: NexmarkBid.schema
        }
    }

    /// The source as a program names it.
    ///
    /// - Throws: `badValue` if the configuration is out of its ranges.
    public static func description(
        _ configuration: NexmarkConfiguration,
        watermarks: WatermarkStrategy? = nil,
        parallelism: Int? = nil
    ) throws(WeirError) -> SourceDescription {
        try configuration.check()
        return SourceDescription(
            name: "nexmark-\(configuration.table.rawValue)",
            outputs: [schema(configuration.table)],
            parallelism: parallelism,
            reader: { () throws(WeirError) in
                try NexmarkSource(configuration, watermarks: watermarks)
            }
        )
    }

    /// Makes the splits, or takes them from the snapshot.
    public override func open() throws(WeirError) {
        let subtask = context.subtask
        let cycle = configuration.totalProportion
        var all: [NexmarkSplit] = []
        for element in context.restored.elements(Self.stateName) {
            all.append(try NexmarkSplit(element, cycle: cycle, strategy))
        }
        if all.isEmpty {
            let count = Int64(configuration.splitCount ?? subtask.parallelism)
            all = (0..<count).map { NexmarkSplit(index: $0, of: count, cycle: cycle, strategy) }
        }
        splits = all.filter { Int($0.index) % subtask.parallelism == subtask.index }
        if configuration.isPaced {
            pace = Pace(
                rowsPerSecond: Double(configuration.eventsPerSecond),
                from: all.map(\.next).min() ?? 0
            )
        }
    }

    /// Makes up to one batch of events of the split that is furthest behind.
    public override func poll() throws(WeirError) -> SourceStatus {
        guard let index = furthestBehind() else { return .finished }
        var limit = end
        if pace != nil {
            limit = min(end, pace?.rowsDue(now: context.world.clock.monotonicNanoseconds()) ?? end)
            if splits[index].next >= limit { return .waiting(until: pace?.due(splits[index].next)) }
        }
        generate(&splits[index], limit)
        advanceWatermark()
        context.metrics.progress =
            configuration.eventCount.map { splitProgress(of: $0) } ?? -1
        return .ready
    }

    /// Writes the positions; every subtask receives all of them and takes its own.
    public override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        snapshot.add(
            OperatorStateEntry(Self.stateName, .union, splits.map { $0.encoded() })
        )
    }

    /// The split with the lowest next event, so that event time runs alike in all; nil at the end.
    private func furthestBehind() -> Int? {
        var best: Int?
        for index in splits.indices where splits[index].next < end {
            if let found = best, splits[found].next <= splits[index].next { continue }
            best = index
        }
        return best
    }

    private func generate(_ split: inout NexmarkSplit, _ limit: Int64) {
        let builder = context.output.builder
        let batch = builder.batch
        let first = builder.rowCount
        if first == 0 { writer.clear(batch) }
        let writer = writer
        let offset = configuration.firstEventNumber
        let last = first + builder.room
        var row = first
        var moved = split
        NexmarkChannels.shared.withTable { channels in
            var scanned = 0
            while row < last, moved.next < limit, scanned < Self.scanLimit {
                if writer.write(moved.next &+ offset, batch, row, channels) { row &+= 1 }
                moved.advance()
                scanned &+= 1
            }
        }
        moved.watermarks.stamp(batch, first..<row)
        split = moved
        if row > first { builder.advance(row - first) }
    }

    private func advanceWatermark() {
        var lowest = EventTimes.maximum
        for split in splits where split.next < end {
            lowest = min(lowest, split.watermarks.watermark)
        }
        guard lowest > emittedWatermark, lowest < EventTimes.maximum else { return }
        emittedWatermark = lowest
        emitWatermark(lowest)
    }

    private func splitProgress(of total: Int64) -> Double {
        let lowest = splits.reduce(total) { min($0, $1.next) }
        return total == 0 ? 1 : Double(lowest) / Double(total)
    }
}
