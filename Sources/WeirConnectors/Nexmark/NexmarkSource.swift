import WeirCore
import WeirData
import WeirOperators

/// Nexmark's persons, auctions and bids, as rows.
///
/// Which events there are, with which times, does not depend on splits or parallelism.
public final class NexmarkSource: GeneratorSource {
    /// Events looked at in one poll, if few of them are of the wanted kind.
    private static let scanLimit = 32768
    private let writer: NexmarkWriter
    private let firstNumber: Int64

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
        writer = NexmarkWriter(configuration)
        firstNumber = configuration.firstEventNumber
        let disorder = writer.timeline.disorderMilliseconds
        super.init(
            GeneratorShape(
                cycle: configuration.totalProportion,
                rowCount: configuration.eventCount,
                rowsPerSecond: configuration.isPaced
                    ? Double(configuration.eventsPerSecond) : nil,
                splitCount: configuration.splitCount,
                strategy: watermarks ?? .boundedDisorder(milliseconds: disorder)
            )
        )
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

    override func generate(
        _ split: inout GeneratorSplit,
        below limit: Int64,
        _ batch: Batch,
        _ rows: Range<Int>
    ) -> Int {
        if rows.lowerBound == 0 { writer.clear(batch) }
        let writer = writer
        let firstNumber = firstNumber
        var moved = split
        var row = rows.lowerBound
        NexmarkChannels.shared.withTable { channels in
            var scanned = 0
            while row < rows.upperBound, moved.next < limit, scanned < Self.scanLimit {
                if writer.write(moved.next &+ firstNumber, batch, row, channels) { row &+= 1 }
                moved.advance()
                scanned &+= 1
            }
        }
        split = moved
        return row - rows.lowerBound
    }
}
