import WeirCore
import WeirData

/// Decodes JSON lines (one object a line, RFC 8259) into columns; keys that no column wants are
/// checked and skipped.
///
/// * The last of repeated keys counts; a missing key is NULL.
/// * Numbers may stand in quotes. STRING takes any value, others than text as they are spelled.
/// * TIMESTAMP takes ISO 8601 and SQL text, and integers as milliseconds since 1970; BYTES take
///   base 64; intervals take integers (months, milliseconds).
/// * Empty lines are skipped.
public final class JSONRecordDecoder: RecordDecoder {
    // SAFETY: `fields` and `seen` are allocated for the schema's columns and freed with the decoder;
    // the input's contract (a newline at the end, padding behind) is `RecordDecoder.decode`'s.
    let fields: UnsafeMutablePointer<FieldPlan>
    /// A bit for each field past the first 64 that the record at hand has.
    let seen: UnsafeMutablePointer<UInt64>
    let fieldCount: Int
    let types: [LogicalType]
    let keys: JSONKeyTable
    private var scratch = ByteWriter(capacity: 4096)

    /// A decoder of rows of `schema`, whose columns are found by their names.
    public override init(_ schema: Schema) {
        fieldCount = schema.columns.count
        fields = .allocate(capacity: max(1, fieldCount))
        seen = .allocate(capacity: fieldCount / 64 + 1)
        for (index, column) in schema.columns.enumerated() {
            (fields + index).initialize(to: FieldPlan(column, column: index))
        }
        types = schema.columns.map(\.type)
        keys = JSONKeyTable(
            schema.columns.map { ($0.name, JSONKeyTable.Use(FieldKind($0.type))) }
        )
        super.init(schema)
    }

    deinit {
        fields.deallocate()
        seen.deallocate()
    }

    public override func decode(
        _ input: UnsafeMutableRawBufferPointer,
        from start: Int,
        isAtEnd: Bool,
        into batch: Batch,
        row: Int,
        limit: Int
    ) -> Progress {
        guard let base = input.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
            return Progress(end: start, rows: 0, failure: nil)
        }
        var end = input.count
        if isAtEnd {
            base[end] = JSONScanner.newline
        } else {
            while end > start, base[end - 1] != JSONScanner.newline { end -= 1 }
        }
        return decodeLines(
            UnsafePointer(base),
            start..<end,
            batch.columnReferences,
            row,
            limit,
            &scratch
        )
    }

    private func decodeLines(
        _ base: UnsafePointer<UInt8>,
        _ range: Range<Int>,
        _ columns: UnsafeMutablePointer<ColumnReference>,
        _ firstRow: Int,
        _ limit: Int,
        _ scratch: inout ByteWriter
    ) -> Progress {
        let end = base + range.upperBound
        let maxRecordBytes = maxRecordBytes
        var scanner = JSONScanner(base + range.lowerBound)
        var rows = 0
        while rows < limit, scanner.cursor < end {
            let start = scanner.cursor
            scanner.skipBlanks()
            if scanner.cursor.pointee == JSONScanner.newline {
                scanner.cursor += 1
                continue
            }
            var column = -1
            guard decodeRecord(&scanner, columns, firstRow &+ rows, &column, &scratch),
                scanner.cursor - start <= maxRecordBytes + 1
            else {
                if scanner.reason == .none { _ = scanner.fail(.tooLong, at: start) }
                let failure = failure(scanner, base, start, column)
                let next = min(failure.record.upperBound + 1, range.upperBound)
                return Progress(end: next, rows: rows, failure: failure)
            }
            rows &+= 1
        }
        return Progress(end: min(scanner.cursor - base, range.upperBound), rows: rows, failure: nil)
    }

    private func failure(
        _ scanner: JSONScanner,
        _ base: UnsafePointer<UInt8>,
        _ start: UnsafePointer<UInt8>,
        _ column: Int
    ) -> RecordFailure {
        var end = start
        while end.pointee != JSONScanner.newline { end += 1 }
        let isTooLong = end - start > maxRecordBytes
        if end > start, end[-1] == 0x0d { end -= 1 }
        return RecordFailure(
            record: (start - base)..<(end - base),
            position: isTooLong ? 0 : scanner.cursor - start,
            reason: isTooLong ? .tooLong : scanner.reason,
            column: column < 0 || isTooLong ? "" : schema.columns[column].name
        )
    }
}

extension JSONKeyTable.Use {
    /// How values of a wanted field are taken.
    fileprivate init(_ kind: FieldKind) {
        self =
            switch kind {
            case .string: .text
            case .int8, .int16, .int32, .int64: .integer
            default: .other
            }
    }
}
