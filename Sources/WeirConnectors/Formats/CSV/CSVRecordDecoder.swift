import WeirCore
import WeirData

/// Decodes CSV records (RFC 4180) into columns; columns that nobody wants are passed over.
///
/// Quoted fields may hold delimiters, doubled quotes and newlines. A record ends with LF or CRLF.
/// Every record has as many fields as the header; empty lines are skipped. An unquoted null literal
/// is NULL in a column that may be NULL, and text elsewhere. A record with an open quote at the
/// input's end is malformed up to its first newline.
public final class CSVRecordDecoder: RecordDecoder {
    private let options: CSVOptions
    private let plans: [FieldPlan]
    // SAFETY: `fields` has `fileColumnCount` entries; it is replaced only between calls and freed
    // with the decoder. The input's contract is `RecordDecoder.decode`'s.
    /// For each column of the file the index of the wanted field, or -1.
    private var fields: UnsafeMutablePointer<Int>
    private var fileColumnCount: Int
    private let nullLiterals: [[UInt8]]
    private var scratch = ByteWriter(capacity: 4096)

    /// A decoder of rows of `schema`, whose columns are found by their names.
    ///
    /// - Precondition: Without a header, the file has all columns of the schema.
    public init(_ schema: Schema, _ options: CSVOptions = CSVOptions()) {
        self.options = options
        plans = schema.columns.enumerated().map { FieldPlan($1, column: $0) }
        nullLiterals = options.nullLiterals.map { [UInt8]($0.utf8) }
        fields = .allocate(capacity: 1)
        fileColumnCount = 0
        super.init(schema)
        let names = schema.columns.map(\.name)
        map(options.columnNames.isEmpty ? names : options.columnNames)
        precondition(
            options.hasHeader || options.columnNames.isEmpty
                || names.allSatisfy(options.columnNames.contains),
            "the CSV columns \(options.columnNames) lack some of \(names)"
        )
    }

    deinit { fields.deallocate() }

    public override var hasHeader: Bool { options.hasHeader }

    public override func readHeader(_ bytes: UnsafeRawBufferPointer) throws(WeirError) {
        guard let names = CSVRecordDecoder.fieldTexts(bytes, delimiter: options.delimiter) else {
            throw WeirError(
                .malformedRecord,
                "The header of a CSV file has a stray quote.",
                fix: "Quote a name as a whole, and double quotes inside of it."
            )
        }
        for column in schema.columns where !names.contains(column.name) {
            throw WeirError(
                .malformedRecord,
                "The header of a CSV file has no column \(column.name).",
                reason: "It has \(names.joined(separator: ", ")).",
                fix: "Check that it is the right file, or name the columns in it as the job does: "
                    + "\(schema.columns.map(\.name).joined(separator: ", "))."
            )
        }
        map(names)
    }

    private func map(_ names: [String]) {
        fields.deallocate()
        fields = .allocate(capacity: max(1, names.count))
        fileColumnCount = names.count
        for (index, name) in names.enumerated() {
            fields[index] = schema.index(of: name) ?? -1
        }
    }

    /// The fields of one record as texts; nil if it is malformed.
    static func fieldTexts(_ record: UnsafeRawBufferPointer, delimiter: UInt8) -> [String]? {
        var bytes = [UInt8](record)
        bytes.append(CSVScanner.newline)
        bytes += [UInt8](repeating: 0, count: padding)
        return bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return nil }
            var scanner = CSVScanner(
                cursor: base,
                end: base + record.count,
                delimiter: delimiter,
                allowsMultilineFields: true
            )
            var scratch = ByteWriter()
            var texts: [String] = []
            while let field = scanner.next() {
                let text =
                    field.hasQuotes ? CSVScanner.unquoted(field, &scratch) : field.bytes
                texts.append(String(decoding: text, as: UTF8.self))
                if field.isLast { return texts }
            }
            return nil
        }
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
            base[end] = CSVScanner.newline
        } else {
            while end > start, base[end - 1] != CSVScanner.newline { end -= 1 }
        }
        return decodeRecords(
            UnsafePointer(base),
            start..<end,
            isAtEnd,
            batch.columnReferences,
            row,
            limit,
            &scratch
        )
    }

    private func decodeRecords(
        _ base: UnsafePointer<UInt8>,
        _ range: Range<Int>,
        _ isAtEnd: Bool,
        _ columns: UnsafeMutablePointer<ColumnReference>,
        _ firstRow: Int,
        _ limit: Int,
        _ scratch: inout ByteWriter
    ) -> Progress {
        let end = base + range.upperBound
        var scanner = scanner(base + range.lowerBound, end)
        var rows = 0
        while rows < limit, scanner.cursor < end {
            let start = scanner.cursor
            if isEmptyLine(start) {
                scanner.cursor += start.pointee == CSVScanner.newline ? 1 : 2
                continue
            }
            var column = -1
            if decodeRecord(&scanner, columns, firstRow &+ rows, &column, &scratch) {
                if scanner.cursor - start <= maxRecordBytes + 1 {
                    rows &+= 1
                    continue
                }
                scanner.cursor = start
                scanner.reason = .tooLong
            }
            if scanner.reason == .unexpectedEnd, scanner.cursor >= end, !isAtEnd {
                return Progress(end: start - base, rows: rows, failure: nil)
            }
            guard let recordEnd = endOfMalformed(scanner, start, end, isAtEnd) else {
                return Progress(end: start - base, rows: rows, failure: nil)
            }
            let failure = failure(scanner, base, start, recordEnd, column)
            let next = min(recordEnd - base + 1, range.upperBound)
            return Progress(end: next, rows: rows, failure: failure)
        }
        return Progress(end: min(scanner.cursor - base, range.upperBound), rows: rows, failure: nil)
    }

    private func scanner(
        _ start: UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>
    ) -> CSVScanner {
        CSVScanner(
            cursor: start,
            end: end,
            delimiter: options.delimiter,
            allowsMultilineFields: options.allowsMultilineFields
        )
    }

    private func isEmptyLine(_ start: UnsafePointer<UInt8>) -> Bool {
        start.pointee == CSVScanner.newline
            || (start.pointee == CSVScanner.carriageReturn && start[1] == CSVScanner.newline)
    }

    /// The newline that ends a malformed record; nil if that is not in the input yet.
    ///
    /// If the record is too long, or has a stray or an open quote, it is the first newline, else the
    /// one behind its last field.
    private func endOfMalformed(
        _ failed: CSVScanner,
        _ start: UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>,
        _ isAtEnd: Bool
    ) -> UnsafePointer<UInt8>? {
        let lines: [MalformedReason] = [.unexpectedEnd, .strayQuote, .tooLong]
        if !lines.contains(failed.reason) {
            // A record that is too long, too, ends at its first newline.
            var scanner = scanner(start, end)
            while let field = scanner.next() {
                if field.isLast, scanner.cursor - 1 - start <= maxRecordBytes {
                    return scanner.cursor - 1
                }
                if field.isLast { break }
            }
            if scanner.reason == .unexpectedEnd, !isAtEnd { return nil }
        }
        var newline = start
        while newline.pointee != CSVScanner.newline { newline += 1 }
        return newline
    }

    private func failure(
        _ scanner: CSVScanner,
        _ base: UnsafePointer<UInt8>,
        _ start: UnsafePointer<UInt8>,
        _ recordEnd: UnsafePointer<UInt8>,
        _ column: Int
    ) -> RecordFailure {
        var end = recordEnd
        let isTooLong = scanner.reason == .tooLong || end - start > maxRecordBytes
        if end > start, end[-1] == CSVScanner.carriageReturn { end -= 1 }
        return RecordFailure(
            record: (start - base)..<(end - base),
            position: isTooLong ? 0 : max(0, min(scanner.cursor, end) - start),
            reason: isTooLong ? .tooLong : scanner.reason,
            column: column < 0 || isTooLong ? "" : schema.columns[column].name
        )
    }

    @inline(__always)
    private func decodeRecord(
        _ scanner: inout CSVScanner,
        _ columns: UnsafeMutablePointer<ColumnReference>,
        _ row: Int,
        _ column: inout Int,
        _ scratch: inout ByteWriter
    ) -> Bool {
        var index = 0
        scanner.reason = .none
        while true {
            guard let field = scanner.next() else { return false }
            guard index < fileColumnCount else {
                scanner.cursor = field.start
                scanner.reason = .tooManyFields
                return false
            }
            let wanted = fields[index]
            if wanted >= 0 {
                let reason = store(field, wanted, columns[wanted], row, &scratch)
                guard reason == .none else {
                    scanner.cursor = field.start
                    scanner.reason = reason
                    column = wanted
                    return false
                }
            }
            index &+= 1
            if field.isLast { break }
        }
        guard index == fileColumnCount else {
            scanner.cursor -= 1
            scanner.reason = .tooFewFields
            return false
        }
        return true
    }

    @inline(__always)
    private func store(
        _ field: CSVScanner.Field,
        _ wanted: Int,
        _ column: ColumnReference,
        _ row: Int,
        _ scratch: inout ByteWriter
    ) -> MalformedReason {
        let plan = plans[wanted]
        if !field.isQuoted, plan.isNullable || plan.kind != .string, isNull(field.bytes) {
            return plan.storeNull(column, row)
        }
        if field.needsCheck, !UTF8Text.isValid(field.bytes) { return .notUTF8 }
        if plan.kind == .string, !field.hasQuotes {
            column.storeText(field.start, field.count, row)
            plan.setPresent(column, row)
            return .none
        }
        guard field.hasQuotes else {
            return plan.storeText(field.bytes, column, row, scratch: &scratch)
        }
        let text = CSVScanner.unquoted(field, &scratch)
        // The text lies in the scratch memory that BYTES decode into; base 64 has no quotes.
        return plan.kind == .bytes
            ? .badBase64 : plan.storeText(text, column, row, scratch: &scratch)
    }

    @inline(__always)
    private func isNull(_ text: UnsafeRawBufferPointer) -> Bool {
        for literal in nullLiterals where literal.count == text.count {
            if literal.elementsEqual(text) { return true }
        }
        return false
    }

    public override func endOfRecord(_ input: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var isQuoted = false
        for index in start..<input.count {
            let byte = input[index]
            if byte == CSVScanner.quote {
                isQuoted.toggle()
            } else if byte == CSVScanner.newline, !isQuoted {
                return index + 1
            }
        }
        return nil
    }
}
