import WeirCore
import WeirData

/// Writes rows as CSV records (RFC 4180, lines end with LF), fields in the order of the columns.
///
/// Fields with a delimiter, a quote, a line's end or a null literal's text are quoted. NULL is the
/// first null literal, nested values are their JSON text, BYTES are base 64.
public final class CSVRecordEncoder: RecordEncoder {
    private let options: CSVOptions
    private let plans: [FieldPlan]
    private let types: [LogicalType]
    private let nullLiterals: [[UInt8]]
    private var scratch = ByteWriter()

    /// An encoder of rows of `schema`.
    public init(_ schema: Schema, _ options: CSVOptions = CSVOptions()) {
        self.options = options
        plans = schema.columns.enumerated().map { FieldPlan($1, column: $0) }
        types = schema.columns.map(\.type)
        nullLiterals = options.nullLiterals.map { [UInt8]($0.utf8) }
        super.init(schema)
    }

    public override func encodeHeader(into writer: inout ByteWriter) {
        guard options.hasHeader else { return }
        for (index, column) in schema.columns.enumerated() {
            if index > 0 { writer.append(byte: options.delimiter) }
            Array(column.name.utf8).withUnsafeBytes { appendField($0, into: &writer) }
        }
        writer.append(byte: CSVScanner.newline)
    }

    public override func encode(
        _ batch: Batch,
        row: Int,
        into writer: inout ByteWriter
    ) throws(WeirError) {
        for (index, plan) in plans.enumerated() {
            if index > 0 { writer.append(byte: options.delimiter) }
            let column = batch.columns[index].reference
            guard column.isPresent(row) else {
                if let literal = nullLiterals.first { writer.append(bytes: literal) }
                continue
            }
            switch plan.kind {
            case .string: appendField(column.bytes(row), into: &writer)
            case .bytes:
                // Its text may be that of a null literal, too.
                scratch.removeAll()
                Base64Text.append(column.bytes(row), into: &scratch)
                appendField(scratch.bytes, into: &writer)
            case .nested:
                var nested = ByteWriter()
                JSONText.append(
                    try batch.value(row: row, column: index),
                    types[index],
                    into: &nested
                )
                appendField(nested.bytes, into: &writer)
            default: FieldText.append(plan, column, row, into: &writer)
            }
        }
        writer.append(byte: CSVScanner.newline)
    }

    private func appendField(_ text: UnsafeRawBufferPointer, into writer: inout ByteWriter) {
        var needsQuotes = nullLiterals.contains { $0.elementsEqual(text) }
        for byte in text
        where byte == options.delimiter || byte == CSVScanner.quote || byte == CSVScanner.newline
            || byte == CSVScanner.carriageReturn
        {
            needsQuotes = true
        }
        // A record of one empty field would be an empty line, which readers skip.
        if text.isEmpty, plans.count == 1 { needsQuotes = true }
        guard needsQuotes else {
            writer.append(bytes: text)
            return
        }
        writer.append(byte: CSVScanner.quote)
        for byte in text {
            if byte == CSVScanner.quote { writer.append(byte: byte) }
            writer.append(byte: byte)
        }
        writer.append(byte: CSVScanner.quote)
    }
}
