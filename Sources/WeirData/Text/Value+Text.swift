extension Value {
    /// The value as SQL's clients print it: `NULL`, `TRUE`, `2013-01-01 05:00:00.000`, `[1, 2]`,
    /// `{a=1}`, `(a, 1)`.
    public func text(as type: LogicalType) -> String {
        var writer = ByteWriter(capacity: 64)
        append(as: type, into: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Appends the text of `text(as:)` in UTF-8.
    public func append(as type: LogicalType, into writer: inout ByteWriter) {
        switch self {
        case .null: writer.append(ascii: "NULL")
        case .boolean(let flag): writer.append(ascii: flag ? "TRUE" : "FALSE")
        case .integer(let number): DigitText.append(number, into: &writer)
        case .float(let number): writer.append(text: "\(number)")
        case .double(let number): writer.append(text: "\(number)")
        case .decimal(let number): DecimalText.append(number, into: &writer)
        case .string(let text): writer.append(text: text)
        case .bytes(let octets): HexText.append(octets, into: &writer)
        case .date(let date): TemporalText.append(date: Int(date.days), into: &writer)
        case .time(let time):
            var precision = 9
            if case .time(let declared) = type { precision = declared }
            TemporalText.append(time: time.nanoseconds, precision: precision, into: &writer)
        case .timestamp(let moment): appendTimestamp(moment, as: type, into: &writer)
        case .monthInterval(let interval):
            IntervalText.append(months: interval.months, into: &writer)
        case .dayTimeInterval(let interval):
            IntervalText.append(milliseconds: interval.milliseconds, into: &writer)
        case .array(let values):
            var element = LogicalType.string
            if case .array(let declared) = type { element = declared }
            appendList(values.map { ($0, element) }, "[", "]", into: &writer)
        case .map(let entries): appendMap(entries, as: type, into: &writer)
        case .row(let values):
            var types = values.map { _ in LogicalType.string }
            if case .row(let fields) = type, fields.count == values.count {
                types = fields.map(\.type)
            }
            appendList(Array(zip(values, types)), "(", ")", into: &writer)
        }
    }

    private func appendTimestamp(
        _ moment: TimestampNanoseconds,
        as type: LogicalType,
        into writer: inout ByteWriter
    ) {
        var precision = 9
        var suffix: StaticString = ""
        if case .timestamp(let declared, let isLocalZone) = type {
            precision = declared
            suffix = isLocalZone ? "Z" : ""
        }
        let unit: Int128 = precision <= 3 ? 1_000_000 : precision <= 6 ? 1000 : 1
        let (quotient, remainder) = moment.nanoseconds.quotientAndRemainder(dividingBy: unit)
        TemporalText.append(
            timestamp: remainder < 0 ? quotient - 1 : quotient,
            precision: precision,
            into: &writer
        )
        writer.append(ascii: suffix)
    }

    private func appendList(
        _ values: [(Value, LogicalType)],
        _ open: StaticString,
        _ close: StaticString,
        into writer: inout ByteWriter
    ) {
        writer.append(ascii: open)
        for (index, (value, type)) in values.enumerated() {
            if index > 0 { writer.append(ascii: ", ") }
            value.append(as: type, into: &writer)
        }
        writer.append(ascii: close)
    }

    private func appendMap(
        _ entries: [MapEntry],
        as type: LogicalType,
        into writer: inout ByteWriter
    ) {
        var types = (key: LogicalType.string, value: LogicalType.string)
        if case .map(let key, let value) = type { types = (key, value) }
        writer.append(ascii: "{")
        for (index, entry) in entries.enumerated() {
            if index > 0 { writer.append(ascii: ", ") }
            entry.key.append(as: types.key, into: &writer)
            writer.append(ascii: "=")
            entry.value.append(as: types.value, into: &writer)
        }
        writer.append(ascii: "}")
    }
}

extension ByteWriter {
    /// Appends text without its length.
    public mutating func append(text: String) {
        var text = text
        text.withUTF8 { append(bytes: UnsafeRawBufferPointer($0)) }
    }

    /// Appends a literal without its length.
    public mutating func append(ascii literal: StaticString) {
        append(
            bytes: UnsafeRawBufferPointer(
                start: literal.utf8Start,
                count: literal.utf8CodeUnitCount
            )
        )
    }
}

/// Octets as hexadecimal digits.
public enum HexText {
    /// Appends two lowercase digits an octet.
    public static func append(_ octets: some Sequence<UInt8>, into writer: inout ByteWriter) {
        for octet in octets {
            for digit in [octet >> 4, octet & 15] {
                writer.append(byte: digit < 10 ? digit + 48 : digit + 87)
            }
        }
    }
}

/// Intervals as Flink prints them: `+1-06` (years and months), `+2 03:00:00.000` (days and time).
public enum IntervalText {
    /// Appends years and months.
    public static func append(months: Int32, into writer: inout ByteWriter) {
        writer.append(ascii: months < 0 ? "-" : "+")
        let magnitude = Int64(months).magnitude
        DigitText.append(Int64(magnitude / 12), into: &writer)
        writer.append(ascii: "-")
        DigitText.append(padded: Int(magnitude % 12), digits: 2, into: &writer)
    }

    /// Appends days and a time.
    public static func append(milliseconds: Int64, into writer: inout ByteWriter) {
        writer.append(ascii: milliseconds < 0 ? "-" : "+")
        let magnitude = milliseconds.magnitude
        DigitText.append(Int64(magnitude / 86_400_000), into: &writer)
        writer.append(ascii: " ")
        TemporalText.append(
            time: Int64(magnitude % 86_400_000) * 1_000_000,
            precision: 3,
            into: &writer
        )
    }
}
