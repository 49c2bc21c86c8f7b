import WeirCore
import WeirData

/// Writes rows as records of a format.
///
/// Subclassed by formats; used by one thread.
open class RecordEncoder {
    /// What the rows hold.
    public let schema: Schema

    /// An encoder of rows of `schema`.
    public init(_ schema: Schema) { self.schema = schema }

    /// Appends what stands once at the beginning of a file.
    open func encodeHeader(into writer: inout ByteWriter) {}

    /// Appends row `row` of a batch, by its index in memory, with the line's end.
    ///
    /// - Throws: `corruptBytes` if a nested value does not decode.
    open func encode(_ batch: Batch, row: Int, into writer: inout ByteWriter) throws(WeirError) {
        preconditionFailure("a format overrides encode")
    }
}

@available(*, unavailable)
extension RecordEncoder: Sendable {}

/// Appends values as text that formats share.
enum FieldText {
    /// Appends a value that is neither NULL, text, octets nor nested, as its plain text.
    @inline(__always)
    static func append(
        _ plan: FieldPlan,
        _ column: ColumnReference,
        _ row: Int,
        into writer: inout ByteWriter
    ) {
        switch plan.kind {
        case .boolean:
            writer.append(ascii: column.load(row, as: Bool.self) ? "true" : "false")
        case .int8: DigitText.append(Int64(column.load(row, as: Int8.self)), into: &writer)
        case .int16: DigitText.append(Int64(column.load(row, as: Int16.self)), into: &writer)
        case .int32, .monthInterval:
            DigitText.append(Int64(column.load(row, as: Int32.self)), into: &writer)
        case .int64, .dayTimeInterval:
            DigitText.append(column.load(row, as: Int64.self), into: &writer)
        case .float: append(Double(column.load(row, as: Float.self)), plan, column, row, &writer)
        case .double: append(column.load(row, as: Double.self), plan, column, row, &writer)
        case .decimal: DecimalText.append(Decimal.load(column, row), into: &writer)
        case .date:
            TemporalText.append(date: Int(column.load(row, as: Int32.self)), into: &writer)
        case .time:
            TemporalText.append(
                time: column.load(row, as: Int64.self),
                precision: plan.precision,
                into: &writer
            )
        case .timestampMilliseconds, .timestampMicroseconds:
            TemporalText.append(
                timestamp: Int128(column.load(row, as: Int64.self)),
                precision: plan.precision,
                into: &writer
            )
        case .timestampNanoseconds:
            TemporalText.append(
                timestamp: column.load(row, as: Int128.self),
                precision: plan.precision,
                into: &writer
            )
        case .string, .bytes, .nested: break
        }
    }

    /// Appends the shortest digits that read back as the same number.
    private static func append(
        _ value: Double,
        _ plan: FieldPlan,
        _ column: ColumnReference,
        _ row: Int,
        _ writer: inout ByteWriter
    ) {
        if value.isNaN {
            writer.append(ascii: "NaN")
        } else if value.isInfinite {
            writer.append(ascii: value < 0 ? "-Infinity" : "Infinity")
        } else if value == value.rounded(), value.magnitude < 1e15, value != 0 {
            DigitText.append(Int64(value), into: &writer)
            writer.append(ascii: ".0")
        } else if plan.kind == .float {
            writer.append(text: column.load(row, as: Float.self).description)
        } else {
            writer.append(text: value.description)
        }
    }
}
