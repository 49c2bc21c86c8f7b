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
    private let fields: UnsafeMutablePointer<FieldPlan>
    private let seen: UnsafeMutablePointer<UInt64>
    private let fieldCount: Int
    private let types: [LogicalType]
    private let keys: JSONKeyTable
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
        keys = JSONKeyTable(schema.columns.map(\.name))
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

    /// Decodes an object and the end of its line.
    @inline(__always)
    private func decodeRecord(
        _ scanner: inout JSONScanner,
        _ columns: UnsafeMutablePointer<ColumnReference>,
        _ row: Int,
        _ column: inout Int,
        _ scratch: inout ByteWriter
    ) -> Bool {
        guard scanner.cursor.pointee == UInt8(ascii: "{") else { return scanner.fail(.notAnObject) }
        scanner.cursor += 1
        for word in 0...(fieldCount &>> 6) { seen[word] = 0 }
        guard decodeMembers(&scanner, columns, row, &column, &scratch),
            storeMissing(&scanner, columns, row, &column)
        else { return false }
        scanner.skipBlanks()
        guard scanner.cursor.pointee == JSONScanner.newline else {
            return scanner.fail(.trailingBytes)
        }
        scanner.cursor += 1
        return true
    }

    @inline(__always)
    private func decodeMembers(
        _ scanner: inout JSONScanner,
        _ columns: UnsafeMutablePointer<ColumnReference>,
        _ row: Int,
        _ column: inout Int,
        _ scratch: inout ByteWriter
    ) -> Bool {
        scanner.skipBlanks()
        if scanner.cursor.pointee == UInt8(ascii: "}") {
            scanner.cursor += 1
            return true
        }
        var predicted = 0
        var previous = -1
        while true {
            guard scanner.expect(JSONScanner.quote) else { return false }
            var field = -1
            if predicted < keys.count, keys.match(predicted, scanner.cursor) {
                scanner.cursor += keys.keys[predicted].count &+ 1
            } else {
                guard let found = lookUp(&scanner, &field, &scratch) else { return false }
                if previous >= 0, found >= 0 { keys.keys[previous].next = found }
                predicted = found
            }
            if predicted >= 0 {
                field = keys.keys[predicted].field
                previous = predicted
                predicted = keys.keys[predicted].next
            } else {
                predicted = 0
            }
            scanner.skipBlanks()
            guard scanner.expect(UInt8(ascii: ":")) else { return false }
            scanner.skipBlanks()
            if field >= 0 {
                seen[field &>> 6] |= 1 &<< UInt64(field & 63)
                guard decodeValue(&scanner, field, columns[field], row, &scratch) else {
                    column = field
                    return false
                }
            } else if !scanner.skipValue(&scratch) {
                return false
            }
            scanner.skipBlanks()
            let byte = scanner.cursor.pointee
            if byte == UInt8(ascii: ",") {
                scanner.cursor += 1
                scanner.skipBlanks()
            } else if byte == UInt8(ascii: "}") {
                scanner.cursor += 1
                return true
            } else {
                return scanner.fail(.unexpectedCharacter)
            }
        }
    }

    /// Passes over a key that was not predicted.
    ///
    /// - Returns: Its index in the table, -1 if it has none; then `field` is set. Nil if the text is
    ///   malformed.
    @inline(never)
    private func lookUp(
        _ scanner: inout JSONScanner,
        _ field: inout Int,
        _ scratch: inout ByteWriter
    ) -> Int? {
        guard let text = scanner.scanText(), scanner.check(text, &scratch) else { return nil }
        let bytes = text.hasEscapes ? scratch.bytes : text.bytes
        let index = keys.find(bytes)
        if index < 0 { field = keys.field(bytes) }
        return index
    }

    /// Sets columns without a key to NULL.
    @inline(__always)
    private func storeMissing(
        _ scanner: inout JSONScanner,
        _ columns: UnsafeMutablePointer<ColumnReference>,
        _ row: Int,
        _ column: inout Int
    ) -> Bool {
        for word in 0...(fieldCount &>> 6) {
            let used = min(64, fieldCount &- word &* 64)
            let all: UInt64 = used >= 64 ? .max : (1 &<< UInt64(used)) &- 1
            var missing = all & ~seen[word]
            while missing != 0 {
                let field = word &* 64 &+ missing.trailingZeroBitCount
                missing &= missing &- 1
                guard fields[field].storeNull(columns[field], row) == .none else {
                    column = field
                    return scanner.fail(.missing)
                }
            }
        }
        return true
    }

    @inline(__always)
    private func decodeValue(
        _ scanner: inout JSONScanner,
        _ field: Int,
        _ column: ColumnReference,
        _ row: Int,
        _ scratch: inout ByteWriter
    ) -> Bool {
        let plan = fields + field
        let start = scanner.cursor
        let byte = start.pointee
        let isNumber = byte &- 48 < 10 || byte == UInt8(ascii: "-")
        let kind = plan.pointee.kind
        if isNumber, kind.rawValue >= FieldKind.int8.rawValue,
            kind.rawValue <= FieldKind.decimal.rawValue
        {
            let reason = plan.pointee.storeNumber(&scanner.cursor, isLenient: false, column, row)
            return reason == .none ? true : scanner.fail(reason, at: start)
        }
        if byte == JSONScanner.quote, kind == .string {
            scanner.cursor += 1
            guard let text = scanner.scanText(), scanner.check(text, &scratch) else { return false }
            if text.hasEscapes {
                column.storeBytes(scratch.bytes, row)
            } else {
                column.storeText(text.start, text.count, row)
            }
            plan.pointee.setPresent(column, row)
            return true
        }
        return JSONValueDecoder.decode(
            &scanner,
            plan.pointee,
            types[field],
            column,
            row,
            &scratch
        )
    }
}

extension JSONScanner {
    /// Notes a failure of a value that begins at `start`.
    @inline(never)
    mutating func fail(_ reason: MalformedReason, at start: UnsafePointer<UInt8>) -> Bool {
        cursor = start
        return fail(reason)
    }
}

extension ColumnReference {
    /// Sets a view column's row to text that has `RecordDecoder.padding` readable bytes behind it:
    /// short text moves in whole words.
    @inline(__always)
    func storeText(_ start: UnsafePointer<UInt8>, _ count: Int, _ row: Int) {
        guard count <= ViewSlot.inlineLimit else {
            storeBytes(UnsafeRawBufferPointer(start: start, count: count), row)
            return
        }
        var first = NumberText.load8(start)
        var second: UInt64 = 0
        if count > 8 {
            second = NumberText.load8(start + 8) & ((1 &<< UInt64(8 &* (count &- 8))) &- 1)
        } else if count < 8 {
            first &= (1 &<< UInt64(8 &* count)) &- 1
        }
        store(
            ViewSlot(
                head: UInt64(truncatingIfNeeded: count) | first &<< 32,
                tail: first &>> 32 | second &<< 32
            ),
            row
        )
    }
}
