import WeirCore
import WeirData

/// What a `DatagenSource` makes.
public struct DatagenConfiguration: Sendable {
    /// The rows' columns.
    public var schema: Schema
    /// How columns get their values; those not named: `random`.
    public var fields: [DatagenField]
    /// Rows in all; nil: no end, unless a sequence ends.
    public var rowCount: Int64?
    /// Rows per second; nil: as fast as possible.
    public var rowsPerSecond: Double?
    /// Another seed gives other values.
    public var seed: UInt64 = 0
    /// Parts that are read in parallel, each with a watermark of its own; nil: one a subtask of the
    /// first start.
    public var splitCount: Int?
    /// Event time of row 0, in milliseconds since 1970.
    public var baseTime: EventTime = 0
    /// Rows per second of event time.
    public var rowsPerEventSecond: Double = 1000
    /// Each row's event time lies up to so many milliseconds before the one it would have in order.
    public var disorderMilliseconds: Int64 = 0

    /// Rows of a schema, random but for the fields given.
    public init(_ schema: Schema, _ fields: [DatagenField] = [], rowCount: Int64? = nil) {
        self.schema = schema
        self.fields = fields
        self.rowCount = rowCount
    }

    /// Rows until the row count or the shortest sequence ends; nil: no end.
    var end: Int64? {
        var end = rowCount
        for field in fields {
            guard case .sequence(let start, let last) = field.rule, last != .max else { continue }
            let (length, isTooLong) = last.subtractingReportingOverflow(start)
            guard !isTooLong, length < 1 << 50 else { continue }
            end = min(end ?? .max, length + 1)
        }
        return end
    }

    /// Refuses what cannot be made.
    ///
    /// - Throws: `badValue`.
    func check() throws(WeirError) {
        for field in fields where schema.index(of: field.column) == nil {
            let nearest = NearestName.find(field.column, among: schema.columns.map(\.name))
            throw WeirError(
                .badValue,
                "The generated rows have no column '\(field.column)'.",
                position: "fields of datagen",
                reason: "The columns are \(schema).",
                fix: nearest.map { "Did you mean \($0)?" } ?? "Name one of the columns."
            )
        }
        try check("row count", Double(rowCount ?? 0), 0...0x1p50)
        try check("rows per second", rowsPerSecond ?? 1, 1e-6...1e12)
        try check("rows per second of event time", rowsPerEventSecond, 1e-6...1e12)
        try check("split count", Double(splitCount ?? 1), 1...32768)
        try check("base time", Double(baseTime), -0x1p50...0x1p50)
        try check("disorder", Double(disorderMilliseconds), 0...0x1p50)
        for field in fields { try check("null rate of \(field.column)", field.nullRate, 0...1) }
    }

    private func check(
        _ name: String,
        _ value: Double,
        _ range: ClosedRange<Double>
    ) throws(WeirError) {
        guard !range.contains(value) else { return }
        throw WeirError(
            .badValue,
            "The generator's \(name) is \(value).",
            position: "options of datagen",
            reason: "It must be from \(range.lowerBound) to \(range.upperBound).",
            fix: "Give a value in that range."
        )
    }
}
