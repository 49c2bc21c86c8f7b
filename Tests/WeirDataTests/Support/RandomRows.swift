import WeirCore
import WeirData

/// Random schemas, values and batches from a seed, for property tests.
struct RandomRows {
    var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    /// Every type there is, nested ones once.
    static let types: [LogicalType] = [
        .boolean, .int8, .int16, .int32, .int64, .float, .double,
        .decimal(precision: 10, scale: 2), .decimal(precision: 38, scale: 18),
        .string, .bytes, .date, .time(precision: 3),
        .timestamp(precision: 3, isLocalZone: false), .timestamp(precision: 6, isLocalZone: true),
        .timestamp(precision: 9, isLocalZone: false), .monthInterval, .dayTimeInterval,
        .array(.int32), .map(key: .string, value: .double),
        .row([.init("a", .int64), .init("b", .array(.string))]),
    ]

    mutating func type() -> LogicalType { Self.types[below(Self.types.count)] }

    mutating func schema(columns: Int) -> Schema {
        Schema(
            (0..<columns).map {
                ColumnDescriptor("c\($0)", id: $0 + 1, type(), isNullable: chance(50))
            }
        )
    }

    mutating func value(_ type: LogicalType) -> Value {
        switch type {
        case .boolean: .boolean(chance(50))
        case .int8: .integer(Int64(Int8(truncatingIfNeeded: random.next())))
        case .int16: .integer(Int64(Int16(truncatingIfNeeded: random.next())))
        case .int32: .integer(Int64(Int32(truncatingIfNeeded: random.next())))
        case .int64: .integer(Int64(bitPattern: random.next()))
        case .float: .float(Float(below(1000)) / 8)
        case .double: .double(Double(below(1_000_000)) / 64 - 5000)
        case .decimal(_, let scale):
            .decimal(Decimal(unscaled: Int128(below(2_000_000)) - 1_000_000, scale: scale))
        case .string: .string(text())
        case .bytes: .bytes((0..<below(30)).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        case .date: .date(CalendarDate(days: Int32(below(40000)) - 10000))
        case .time: .time(TimeOfDay(nanoseconds: Int64(below(86_400_000)) * 1_000_000))
        case .timestamp: .timestamp(milliseconds: Int64(below(1 << 41)) - (1 << 39))
        case .monthInterval: .monthInterval(MonthInterval(months: Int32(below(100)) - 50))
        case .dayTimeInterval:
            .dayTimeInterval(DayTimeInterval(milliseconds: Int64(below(1 << 40)) - (1 << 39)))
        case .array(let element): .array((0..<below(4)).map { _ in maybe(element) })
        case .map(let key, let mapped):
            .map((0..<below(4)).map { _ in .init(value(key), maybe(mapped)) })
        case .row(let fields): .row(fields.map { maybe($0.type) })
        }
    }

    /// A value, or NULL one time in five.
    mutating func maybe(_ type: LogicalType) -> Value { chance(20) ? .null : value(type) }

    mutating func text() -> String {
        let alphabet: [Character] = ["a", "b", "Z", "0", " ", "\"", "\\", ",", "\n", "é", "語", "😀"]
        return String((0..<below(24)).map { _ in alphabet[below(alphabet.count)] })
    }

    mutating func row(_ schema: Schema) -> [Value] {
        schema.columns.map { $0.isNullable ? maybe($0.type) : value($0.type) }
    }

    /// A batch with times, sometimes row kinds, and sometimes a selection.
    mutating func batch(_ schema: Schema, rows: Int) throws -> Batch {
        let batch = Batch(schema, capacity: max(1, rows))
        let hasKinds = chance(50)
        for index in 0..<rows {
            let kind: RowKind = hasKinds ? (RowKind(rawValue: UInt8(below(4))) ?? .insert) : .insert
            try batch.append(
                row(schema),
                eventTime: Int64(below(1000)),
                splitWatermark: Int64(index / 10),
                kind: kind
            )
        }
        if chance(50) {
            let selection = Selection(capacity: max(1, rows))
            var count = 0
            for row in 0..<rows where chance(60) {
                selection.indices[count] = UInt16(row)
                count += 1
            }
            selection.setCount(count)
            batch.select(selection)
        }
        return batch
    }
}

/// Times and kind of the rows that are there.
func hiddenValues(_ batch: Batch) -> [[Int64]] {
    let rows = RowSelection(batch)
    return (0..<rows.count).map { position in
        let row = rows[position]
        return [
            batch.eventTimes[row], batch.splitWatermarks[row],
            Int64((batch.rowKinds?.kinds[row] ?? .insert).rawValue),
        ]
    }
}

/// The bytes of a file of golden bytes: hexadecimal digits, lines that begin with `#` left out.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    var writer = ByteWriter()
    HexText.append(bytes, into: &writer)
    return String(decoding: writer.bytes, as: UTF8.self)
}
