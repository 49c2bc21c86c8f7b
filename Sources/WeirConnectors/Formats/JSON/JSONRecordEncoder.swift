import WeirCore
import WeirData

/// Writes rows as JSON objects, one a line, members in the order of the columns.
///
/// DATE, TIME and TIMESTAMP are SQL text, BYTES base 64, intervals integers (months, milliseconds),
/// NULL is `null`; NaN and infinities, which JSON does not have, are text.
public final class JSONRecordEncoder: RecordEncoder {
    private let plans: [FieldPlan]
    private let types: [LogicalType]
    /// `{"name":`, then `,"name":` for the others.
    private let prefixes: [[UInt8]]

    /// An encoder of rows of `schema`.
    public override init(_ schema: Schema) {
        plans = schema.columns.enumerated().map { FieldPlan($1, column: $0) }
        types = schema.columns.map(\.type)
        prefixes = schema.columns.enumerated().map { index, column in
            var writer = ByteWriter()
            writer.append(ascii: index == 0 ? "{" : ",")
            JSONText.append(column.name, into: &writer)
            writer.append(ascii: ":")
            return writer.array
        }
        super.init(schema)
    }

    public override func encode(
        _ batch: Batch,
        row: Int,
        into writer: inout ByteWriter
    ) throws(WeirError) {
        if plans.isEmpty { writer.append(ascii: "{") }
        for (index, plan) in plans.enumerated() {
            writer.append(bytes: prefixes[index])
            let column = batch.columns[index].reference
            guard column.isPresent(row) else {
                writer.append(ascii: "null")
                continue
            }
            try append(plan, types[index], column, row, batch, into: &writer)
        }
        writer.append(ascii: "}\n")
    }

    private func append(
        _ plan: FieldPlan,
        _ type: LogicalType,
        _ column: ColumnReference,
        _ row: Int,
        _ batch: Batch,
        into writer: inout ByteWriter
    ) throws(WeirError) {
        switch plan.kind {
        case .string: JSONText.append(column.bytes(row), into: &writer)
        case .bytes:
            writer.append(ascii: "\"")
            Base64Text.append(column.bytes(row), into: &writer)
            writer.append(ascii: "\"")
        case .nested:
            let value = try batch.value(row: row, column: plan.column)
            JSONText.append(value, type, into: &writer)
        case .date, .time, .timestampMilliseconds, .timestampMicroseconds, .timestampNanoseconds:
            writer.append(ascii: "\"")
            FieldText.append(plan, column, row, into: &writer)
            writer.append(ascii: "\"")
        case .double where !column.load(row, as: Double.self).isFinite,
            .float where !column.load(row, as: Float.self).isFinite:
            writer.append(ascii: "\"")
            FieldText.append(plan, column, row, into: &writer)
            writer.append(ascii: "\"")
        default: FieldText.append(plan, column, row, into: &writer)
        }
    }
}

/// JSON's spelling of text and of nested values.
enum JSONText {
    /// Appends text in quotes.
    static func append(_ text: String, into writer: inout ByteWriter) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0), into: &writer) }
    }

    /// Appends UTF-8 in quotes; bytes that are not UTF-8 become U+FFFD.
    static func append(_ text: UnsafeRawBufferPointer, into writer: inout ByteWriter) {
        var hasHighBytes = false
        for byte in text where byte >= 0x80 { hasHighBytes = true }
        if hasHighBytes, !UTF8Text.isValid(text) {
            append(String(decoding: text, as: UTF8.self), into: &writer)
            return
        }
        writer.append(ascii: "\"")
        var start = 0
        for (index, byte) in text.enumerated()
        where byte < 0x20 || byte == JSONScanner.quote || byte == JSONScanner.backslash {
            writer.append(bytes: UnsafeRawBufferPointer(rebasing: text[start..<index]))
            appendEscape(byte, into: &writer)
            start = index + 1
        }
        writer.append(bytes: UnsafeRawBufferPointer(rebasing: text[start...]))
        writer.append(ascii: "\"")
    }

    private static func appendEscape(_ byte: UInt8, into writer: inout ByteWriter) {
        switch byte {
        case JSONScanner.quote: writer.append(ascii: "\\\"")
        case JSONScanner.backslash: writer.append(ascii: "\\\\")
        case 8: writer.append(ascii: "\\b")
        case 9: writer.append(ascii: "\\t")
        case 10: writer.append(ascii: "\\n")
        case 12: writer.append(ascii: "\\f")
        case 13: writer.append(ascii: "\\r")
        default:
            writer.append(ascii: "\\u00")
            HexText.append([byte], into: &writer)
        }
    }

    /// Appends a value of any type.
    static func append(_ value: Value, _ type: LogicalType, into writer: inout ByteWriter) {
        switch (value, type) {
        case (.null, _): writer.append(ascii: "null")
        case (.array(let values), .array(let element)):
            writer.append(ascii: "[")
            for (index, value) in values.enumerated() {
                if index > 0 { writer.append(ascii: ",") }
                append(value, element, into: &writer)
            }
            writer.append(ascii: "]")
        case (.map(let entries), .map(let key, let mapped)):
            writer.append(ascii: "{")
            for (index, entry) in entries.enumerated() {
                if index > 0 { writer.append(ascii: ",") }
                append(entry.key.plainText(key), into: &writer)
                writer.append(ascii: ":")
                append(entry.value, mapped, into: &writer)
            }
            writer.append(ascii: "}")
        case (.row(let values), .row(let fields)):
            writer.append(ascii: "{")
            for (index, field) in fields.enumerated() {
                if index > 0 { writer.append(ascii: ",") }
                append(field.name, into: &writer)
                writer.append(ascii: ":")
                append(values[index], field.type, into: &writer)
            }
            writer.append(ascii: "}")
        case (.integer, _), (.boolean, _), (.decimal, _), (.monthInterval, _),
            (.dayTimeInterval, _):
            writer.append(text: value.plainText(type))
        case (.double(let number), _) where number.isFinite:
            writer.append(text: value.plainText(type))
        case (.float(let number), _) where number.isFinite:
            writer.append(text: value.plainText(type))
        default: append(value.plainText(type), into: &writer)
        }
    }
}

extension Value {
    /// The text that the formats write and read for a value that is not nested.
    func plainText(_ type: LogicalType) -> String {
        switch self {
        case .boolean(let flag): return flag ? "true" : "false"
        case .monthInterval(let interval): return String(interval.months)
        case .dayTimeInterval(let interval): return String(interval.milliseconds)
        case .double(let number) where number.isNaN: return "NaN"
        case .double(let number) where number.isInfinite:
            return number < 0 ? "-Infinity" : "Infinity"
        case .float(let number) where number.isNaN: return "NaN"
        case .float(let number) where number.isInfinite:
            return number < 0 ? "-Infinity" : "Infinity"
        case .bytes(let octets):
            var writer = ByteWriter()
            octets.withUnsafeBytes { Base64Text.append($0, into: &writer) }
            return String(decoding: writer.bytes, as: UTF8.self)
        case .timestamp:
            guard case .timestamp(let precision, _) = type else { return text(as: type) }
            return text(as: .timestamp(precision: precision, isLocalZone: false))
        default: return text(as: type)
        }
    }
}
