import WeirCore
import WeirData
import WeirOperators

/// Rows of any schema, made up: sequences and random values.
///
/// A row is a function of the seed and its number.
public final class DatagenSource: GeneratorSource {
    private let columns: [DatagenColumn]
    private let baseTime: Int64
    private let millisecondsPerRow: Double
    /// The same, if it is a small whole number: then products are exact in both kinds of numbers.
    private let wholeMillisecondsPerRow: Int64?
    private let disorder: Int64
    private let shifts: RowHash

    /// A source of these rows.
    ///
    /// Without a strategy, watermarks follow the rows' times as closely as their order allows.
    ///
    /// - Throws: `badValue` if a rule does not fit its column or an option is out of its range.
    public init(
        _ configuration: DatagenConfiguration,
        watermarks: WatermarkStrategy? = nil
    ) throws(WeirError) {
        columns = try Self.columns(configuration)
        baseTime = configuration.baseTime
        millisecondsPerRow = 1000 / configuration.rowsPerEventSecond
        let whole = Int64(exactly: millisecondsPerRow)
        wholeMillisecondsPerRow = whole.flatMap { $0 <= 8 ? $0 : nil }
        disorder = configuration.disorderMilliseconds
        shifts = RowHash(seed: configuration.seed, purpose: .max)
        super.init(
            GeneratorShape(
                rowCount: configuration.end,
                rowsPerSecond: configuration.rowsPerSecond,
                splitCount: configuration.splitCount,
                strategy: watermarks ?? .boundedDisorder(milliseconds: disorder)
            )
        )
    }

    /// The source as a program names it.
    ///
    /// - Throws: `badValue` if a rule does not fit its column or an option is out of its range.
    public static func description(
        _ configuration: DatagenConfiguration,
        watermarks: WatermarkStrategy? = nil,
        parallelism: Int? = nil
    ) throws(WeirError) -> SourceDescription {
        _ = try columns(configuration)
        return SourceDescription(
            name: "datagen",
            outputs: [configuration.schema],
            parallelism: parallelism,
            reader: { () throws(WeirError) in
                try DatagenSource(configuration, watermarks: watermarks)
            }
        )
    }

    private static func columns(
        _ configuration: DatagenConfiguration
    ) throws(WeirError) -> [DatagenColumn] {
        try configuration.check()
        var columns: [DatagenColumn] = []
        for (index, column) in configuration.schema.columns.enumerated() {
            let field =
                configuration.fields.first { $0.column == column.name }
                ?? DatagenField(column.name, .random)
            columns.append(
                try DatagenColumn(column, index, field, seed: configuration.seed)
            )
        }
        return columns
    }

    override func generate(
        _ split: inout GeneratorSplit,
        below limit: Int64,
        _ batch: Batch,
        _ rows: Range<Int>
    ) -> Int {
        let stride = split.count
        let left = (limit &- split.next &+ stride &- 1) / stride
        let count = Int(min(Int64(rows.count), left))
        let first = rows.lowerBound
        let number = split.next
        let times = batch.eventTimes
        if let whole = wholeMillisecondsPerRow, disorder == 0 {
            let start = baseTime &+ number &* whole
            for step in 0..<count { times[first &+ step] = start &+ Int64(step) &* stride &* whole }
        } else {
            for step in 0..<count {
                times[first &+ step] = time(number &+ Int64(step) &* stride)
            }
        }
        for (index, column) in columns.enumerated() {
            column.fill(batch, index, first, count, number, stride)
        }
        split.advance(by: count)
        return count
    }

    @inline(__always)
    private func time(_ number: Int64) -> Int64 {
        // Numbers are not negative, so cutting the fraction off rounds down.
        let inOrder = baseTime &+ Int64(Double(number) * millisecondsPerRow)
        guard disorder > 0 else { return inOrder }
        let span = UInt64(disorder) &+ 1
        return inOrder &- Int64(shifts.bits(number).multipliedFullWidth(by: span).high)
    }
}
