import WeirCore
import WeirData

/// Random values, rows and JSON texts from a seed.
struct RandomValues {
    var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    static let types: [LogicalType] = [
        .boolean, .int8, .int16, .int32, .int64, .float, .double,
        .decimal(precision: 10, scale: 2), .decimal(precision: 38, scale: 18), .string, .bytes,
        .date, .time(precision: 3), .timestamp(precision: 3, isLocalZone: false),
        .timestamp(precision: 6, isLocalZone: false), .timestamp(precision: 9, isLocalZone: false),
        .monthInterval, .dayTimeInterval, .array(.int32), .map(key: .string, value: .double),
        .row([.init("a", .int64), .init("b", .array(.string))]),
    ]

    mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    mutating func pick<T>(_ values: [T]) -> T { values[below(values.count)] }

    mutating func schema(columns: Int) -> Schema {
        Schema(
            (0..<columns).map {
                ColumnDescriptor("c\($0)", id: $0, pick(Self.types), isNullable: chance(50))
            }
        )
    }

    mutating func row(_ schema: Schema) -> [Value] {
        schema.columns.map { $0.isNullable && chance(20) ? .null : value($0.type) }
    }

    mutating func text() -> String {
        let alphabet: [Character] = [
            "a", "b", "Z", "0", " ", "\"", "\\", ",", "\n", "\r", "\t", "\u{1}", "é", "語", "😀", "/",
        ]
        return String((0..<below(24)).map { _ in pick(alphabet) })
    }

    mutating func value(_ type: LogicalType) -> Value {
        switch type {
        case .boolean: .boolean(chance(50))
        case .int8: .integer(Int64(Int8(truncatingIfNeeded: random.next())))
        case .int16: .integer(Int64(Int16(truncatingIfNeeded: random.next())))
        case .int32: .integer(Int64(Int32(truncatingIfNeeded: random.next())))
        case .int64: .integer(Int64(bitPattern: random.next()))
        case .float: .float(pick([0, 0.1, -1.5e10, 3.4e38, Float(below(1000)) / 8]))
        case .double: .double(double())
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
        case .array(let element):
            .array((0..<below(4)).map { _ in chance(20) ? .null : value(element) })
        case .map(_, let mapped):
            .map((0..<below(4)).map { .init(.string("key \($0)"), value(mapped)) })
        case .row(let fields): .row(fields.map { chance(20) ? .null : value($0.type) })
        }
    }

    private mutating func double() -> Double {
        let bits = Double(bitPattern: random.next())
        return chance(50) && bits.isFinite
            ? bits : pick([0, 0.1, 1e21, 1e22, 1e23, Double.leastNonzeroMagnitude, 123.25])
    }

    // MARK: JSON texts

    mutating func jsonObject(depth: Int) -> String {
        let keys = ["a", "b", "c", "d", "e", "key-longer-than-eight", "\\u0061", ""]
        let members = (0..<below(7)).map { _ in
            "\(blank())\"\(pick(keys))\"\(blank()):\(blank())\(jsonValue(depth: depth))\(blank())"
        }
        return blank() + "{" + members.joined(separator: ",") + "}" + blank()
    }

    private mutating func jsonValue(depth: Int) -> String {
        switch below(depth > 0 ? 8 : 6) {
        case 0: return pick(["null", "true", "false"])
        case 1: return String(Int64(bitPattern: random.next() >> UInt64(below(64))))
        case 2:
            return pick([
                "0", "-0", "1.5", "-2.25e3", "1e-7", "12345678901234567890", "0.1", "1E400",
                "123456789.123456789", "9007199254740993", "2.2250738585072014e-308",
            ])
        case 3:
            return pick([
                "\"\"", "\"a\\nb\"", "\"\\ud83d\\ude00\"", "\"0123456789abcdef\"", "\"true\"",
                "\"17\"",
            ])
        case 4:
            return "\"" + String((0..<below(40)).map { _ in pick(["x", "é", " ", "7"]) }) + "\""
        case 5: return String(double())
        case 6: return jsonObject(depth: depth - 1)
        default:
            let values = (0..<below(4)).map { _ in jsonValue(depth: depth - 1) }
            return "[" + values.joined(separator: ",") + "]"
        }
    }

    private mutating func blank() -> String { chance(15) ? pick([" ", "\t", "  ", "\r"]) : "" }

    /// Changes, removes, doubles or cuts bytes.
    mutating func mutate(_ bytes: inout [UInt8]) {
        for _ in 0..<(1 + below(3)) where !bytes.isEmpty {
            let place = below(bytes.count)
            switch below(5) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(pick(Array("{}[]\",:\\0-e. \u{1}".utf8)), at: place)
            case 3: bytes.insert(contentsOf: bytes[place...].prefix(below(8)), at: place)
            default: bytes.removeSubrange(place...)
            }
        }
    }
}
