import WeirCore

/// Values as bytes: what ARRAY, MAP and ROW columns hold, and dynamic values in snapshots.
///
/// ```
/// BOOLEAN u8; integers, FLOAT, DOUBLE, DATE, TIME, TIMESTAMP, intervals: as in a column
/// DECIMAL: i128 unscaled | STRING, BYTES: length varint, bytes
/// ARRAY: count varint, elements | MAP: count varint, key, value, … | ROW: fields
/// element, key, value, field: 0 for NULL, or 1 and the value
/// ```
public enum ValueCodec {
    /// Deepest nesting that is read.
    public static let depthLimit = 64

    /// Appends 0 for NULL, or 1 and the value.
    ///
    /// - Throws: `badValue` if the value is not of the type.
    public static func encode(
        _ value: Value,
        type: LogicalType,
        into writer: inout ByteWriter
    ) throws(WeirError) {
        if case .null = value {
            writer.append(byte: 0)
            return
        }
        writer.append(byte: 1)
        try encodePresent(value, type: type, into: &writer)
    }

    /// Appends a value that is not NULL.
    ///
    /// - Throws: `badValue` if the value is not of the type.
    public static func encodePresent(
        _ value: Value,
        type: LogicalType,
        into writer: inout ByteWriter
    ) throws(WeirError) {
        switch (type, value) {
        case (.string, .string(let text)): writer.append(string: text)
        case (.bytes, .bytes(let octets)): writer.append(sized: octets)
        case (.array(let element), .array(let values)):
            writer.append(count: values.count)
            for value in values { try encode(value, type: element, into: &writer) }
        case (.map(let key, let mapped), .map(let entries)):
            writer.append(count: entries.count)
            for entry in entries {
                try encode(entry.key, type: key, into: &writer)
                try encode(entry.value, type: mapped, into: &writer)
            }
        case (.row(let fields), .row(let values)) where fields.count == values.count:
            for (field, value) in zip(fields, values) {
                try encode(value, type: field.type, into: &writer)
            }
        default:
            guard let bits = value.fixedBits(as: type) else {
                throw WeirError(.badValue, "\(value) is not a value of type \(type).")
            }
            appendFixed(bits, type.physical, into: &writer)
        }
    }

    /// Reads what `encode` wrote.
    public static func decode(
        _ reader: inout ByteReader,
        type: LogicalType,
        depth: Int = 0
    ) throws(WeirError) -> Value {
        guard try reader.readBoolean() else { return .null }
        return try decodePresent(&reader, type: type, depth: depth)
    }

    /// Reads what `encodePresent` wrote.
    public static func decodePresent(
        _ reader: inout ByteReader,
        type: LogicalType,
        depth: Int = 0
    ) throws(WeirError) -> Value {
        guard depth < depthLimit else { throw reader.corrupt("values nested \(depth) deep") }
        switch type {
        case .string: return .string(try reader.readString())
        case .bytes: return .bytes([UInt8](try reader.readSized()))
        case .array(let element):
            var values: [Value] = []
            for _ in 0..<(try reader.readCount()) {
                values.append(try decode(&reader, type: element, depth: depth + 1))
            }
            return .array(values)
        case .map(let key, let mapped):
            var entries: [Value.MapEntry] = []
            for _ in 0..<(try reader.readCount(elementSize: 2)) {
                let key = try decode(&reader, type: key, depth: depth + 1)
                let value = try decode(&reader, type: mapped, depth: depth + 1)
                entries.append(.init(key, value))
            }
            return .map(entries)
        case .row(let fields):
            var values: [Value] = []
            for field in fields {
                values.append(try decode(&reader, type: field.type, depth: depth + 1))
            }
            return .row(values)
        default:
            let bits = try readFixed(&reader, type.physical)
            guard let value = Value(fixedBits: bits, type: type) else {
                throw reader.corrupt("not a value of type \(type)")
            }
            return value
        }
    }

    private static func appendFixed(
        _ bits: Int128,
        _ physical: PhysicalType,
        into writer: inout ByteWriter
    ) {
        switch physical {
        case .bytes1: writer.append(integer: UInt8(truncatingIfNeeded: bits))
        case .bytes2: writer.append(integer: UInt16(truncatingIfNeeded: bits))
        case .bytes4: writer.append(integer: UInt32(truncatingIfNeeded: bits))
        case .bytes8: writer.append(integer: UInt64(truncatingIfNeeded: bits))
        case .bytes16, .view: writer.append(integer: bits)
        }
    }

    private static func readFixed(
        _ reader: inout ByteReader,
        _ physical: PhysicalType
    ) throws(WeirError) -> Int128 {
        switch physical {
        case .bytes1: Int128(try reader.readInteger(as: Int8.self))
        case .bytes2: Int128(try reader.readInteger(as: Int16.self))
        case .bytes4: Int128(try reader.readInteger(as: Int32.self))
        case .bytes8: Int128(try reader.readInteger(as: Int64.self))
        case .bytes16, .view: try reader.readInteger(as: Int128.self)
        }
    }

    /// Appends a nested value for a key: the form in which equal values have equal bytes.
    ///
    /// What does not decode is appended as it is.
    static func appendCanonical(
        _ bytes: UnsafeRawBufferPointer,
        type: LogicalType,
        into writer: inout ByteWriter
    ) {
        var reader = ByteReader(bytes)
        var nested = ByteWriter(capacity: bytes.count + 16)
        do throws(WeirError) {
            let value = try decodePresent(&reader, type: type)
            try encodePresent(value.canonical(type), type: type, into: &nested)
            writer.append(sized: nested.bytes)
        } catch {
            writer.append(sized: bytes)
        }
    }
}

extension Value {
    /// The value with one NaN and one zero, decimals kept, and map entries ordered by their keys.
    fileprivate func canonical(_ type: LogicalType) -> Value {
        switch (self, type) {
        case (.float(let number), _): .float(Float(Double(number).canonical))
        case (.double(let number), _): .double(number.canonical)
        case (.array(let values), .array(let element)):
            .array(values.map { $0.canonical(element) })
        case (.row(let values), .row(let fields)):
            .row(zip(values, fields).map { $0.canonical($1.type) })
        case (.map(let entries), .map(let key, let mapped)):
            .map(
                entries
                    .map { MapEntry($0.key.canonical(key), $0.value.canonical(mapped)) }
                    .sorted { $0.key.text(as: key) < $1.key.text(as: key) }
            )
        default: self
        }
    }

    /// The bits of a fixed-width value, sign-extended; nil if it is not of the type.
    func fixedBits(as type: LogicalType) -> Int128? {
        switch (type, self) {
        case (.boolean, .boolean(let flag)): return flag ? 1 : 0
        case (.int8, .integer(let number)): return Int8(exactly: number).map { Int128($0) }
        case (.int16, .integer(let number)): return Int16(exactly: number).map { Int128($0) }
        case (.int32, .integer(let number)): return Int32(exactly: number).map { Int128($0) }
        case (.int64, .integer(let number)): return Int128(number)
        case (.float, .float(let number)): return Int128(number.bitPattern)
        case (.float, .double(let number)): return Int128(Float(number).bitPattern)
        case (.double, .double(let number)): return Int128(number.bitPattern)
        case (.double, .integer(let number)): return Int128(Double(number).bitPattern)
        case (.decimal(let precision, let scale), .decimal(let number)):
            guard let rescaled = number.rescaled(to: scale)?.unscaled,
                rescaled.magnitude < Decimal.powerOfTen(precision).magnitude
            else { return nil }
            return rescaled
        case (.date, .date(let date)): return Int128(date.days)
        case (.time, .time(let time)): return Int128(time.nanoseconds)
        case (.timestamp(let precision, _), .timestamp(let moment)):
            let unit: Int128 = precision <= 3 ? 1_000_000 : precision <= 6 ? 1000 : 1
            let (quotient, remainder) = moment.nanoseconds.quotientAndRemainder(dividingBy: unit)
            let units = remainder < 0 ? quotient - 1 : quotient
            return precision <= 6 ? Int64(exactly: units).map { Int128($0) } : units
        case (.monthInterval, .monthInterval(let interval)): return Int128(interval.months)
        case (.dayTimeInterval, .dayTimeInterval(let interval)):
            return Int128(interval.milliseconds)
        default: return nil
        }
    }

    /// A fixed-width value from its bits, sign-extended; nil if no value has them.
    init?(fixedBits bits: Int128, type: LogicalType) {
        switch type {
        case .boolean:
            guard bits == 0 || bits == 1 else { return nil }
            self = .boolean(bits == 1)
        case .int8, .int16, .int32, .int64: self = .integer(Int64(truncatingIfNeeded: bits))
        case .float: self = .float(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case .double: self = .double(Double(bitPattern: UInt64(truncatingIfNeeded: bits)))
        case .decimal(let precision, let scale):
            guard bits.magnitude < Decimal.powerOfTen(precision).magnitude else { return nil }
            self = .decimal(Decimal(unscaled: bits, scale: scale))
        case .date: self = .date(CalendarDate(days: Int32(truncatingIfNeeded: bits)))
        case .time: self = .time(TimeOfDay(nanoseconds: Int64(truncatingIfNeeded: bits)))
        case .timestamp(let precision, _):
            let unit: Int128 = precision <= 3 ? 1_000_000 : precision <= 6 ? 1000 : 1
            let (nanoseconds, overflow) = bits.multipliedReportingOverflow(by: unit)
            guard !overflow else { return nil }
            self = .timestamp(TimestampNanoseconds(nanoseconds))
        case .monthInterval:
            self = .monthInterval(MonthInterval(months: Int32(truncatingIfNeeded: bits)))
        case .dayTimeInterval:
            self = .dayTimeInterval(
                DayTimeInterval(milliseconds: Int64(truncatingIfNeeded: bits))
            )
        case .string, .bytes, .array, .map, .row: return nil
        }
    }
}
