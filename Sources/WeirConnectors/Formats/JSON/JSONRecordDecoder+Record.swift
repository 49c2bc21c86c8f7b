import CWeirIntrinsics
import WeirData

/// One record. What is usual goes on a fast path with the cursor in a register: keys in the order of
/// the record before, no blanks, text without escapes, whole numbers. The rest goes through
/// `JSONScanner`, one part at a time, and comes back.
extension JSONRecordDecoder {
    // SAFETY: every step stays inside of the record and its newline, as in `JSONScanner`.
    typealias Key = UnsafeMutablePointer<JSONKeyTable.Key>
    typealias Cursor = UnsafePointer<UInt8>

    /// Decodes an object and the end of its line, and moves the scanner behind.
    @inline(__always)
    func decodeRecord(
        _ scanner: inout JSONScanner,
        _ columns: UnsafeMutablePointer<ColumnReference>,
        _ row: Int,
        _ column: inout Int,
        _ scratch: inout ByteWriter
    ) -> Bool {
        guard scanner.cursor.pointee == UInt8(ascii: "{") else { return scanner.fail(.notAnObject) }
        scanner.cursor += 1
        var present: UInt64 = 0
        if fieldCount > 64 { seen.update(repeating: 0, count: fieldCount &>> 6 &+ 1) }
        guard decodeMembers(&scanner, columns, row, &present, &column, &scratch) else {
            return false
        }
        let first: UInt64 = fieldCount >= 64 ? .max : (1 &<< UInt64(fieldCount)) &- 1
        if present != first || fieldCount > 64 {
            seen[0] = present
            guard storeMissing(&scanner, columns, row, &column) else { return false }
        }
        scanner.skipBlanks()
        guard scanner.cursor.pointee == JSONScanner.newline else {
            return scanner.fail(.trailingBytes)
        }
        scanner.cursor += 1
        return true
    }

    /// Decodes the members and the closing brace; `present` gets the bits of the first 64 fields.
    @inline(__always)
    private func decodeMembers(
        _ scanner: inout JSONScanner,
        _ columns: UnsafeMutablePointer<ColumnReference>,
        _ row: Int,
        _ present: inout UInt64,
        _ column: inout Int,
        _ scratch: inout ByteWriter
    ) -> Bool {
        var cursor = scanner.cursor
        if cursor.pointee == JSONScanner.quote {
            cursor += 1
        } else {
            let place = scanner.passOpening()
            guard place == .member else { return place == .end }
            cursor = scanner.cursor
        }
        var previous = keys.origin
        while true {
            var key = previous.pointee.next
            if key.pointee.matches(cursor) {
                cursor += key.pointee.width
            } else {
                scanner.cursor = cursor
                guard let found = passKey(&scanner, after: previous, &scratch) else { return false }
                key = found
                cursor = scanner.cursor
            }
            previous = key
            // A loop, since it stays a branch: a selection would put a load between any two values.
            while cursor.pointee == 0x20 { cursor += 1 }
            let field = key.pointee.field
            if let behind = storePlain(cursor, key.pointee.use, field, columns, row) {
                cursor = behind
            } else {
                scanner.cursor = cursor
                guard storeAny(&scanner, field, columns, row, &scratch) else {
                    column = field
                    return false
                }
                cursor = scanner.cursor
            }
            if field >= 0 { note(field, &present) }
            if UnsafeRawPointer(cursor).loadUnaligned(as: UInt16.self) == Self.separator {
                cursor += 2
                continue
            }
            scanner.cursor = cursor
            let place = scanner.passSeparator()
            guard place == .member else { return place == .end }
            cursor = scanner.cursor
        }
    }

    /// A comma and a quote.
    private static var separator: UInt16 { UInt16(littleEndian: 0x222c) }

    @inline(__always)
    private func note(_ field: Int, _ present: inout UInt64) {
        if field < 64 {
            present |= 1 &<< UInt64(field)
        } else {
            seen[field &>> 6] |= 1 &<< UInt64(field & 63)
        }
    }

    /// Passes over a key that was not predicted, and the colon; nil if they are malformed.
    @inline(never)
    private func passKey(
        _ scanner: inout JSONScanner,
        after previous: Key,
        _ scratch: inout ByteWriter
    ) -> Key? {
        guard let text = scanner.scanText(), scanner.check(text, &scratch) else { return nil }
        let key = keys.find(text.hasEscapes ? scratch.bytes : text.bytes, after: previous)
        scanner.skipBlanks()
        guard scanner.expect(UInt8(ascii: ":")) else { return nil }
        return key
    }

    /// Takes a text without escapes or a whole number, where such a value is wanted or none is.
    ///
    /// - Returns: Behind it; nil if the value is another one, and then nothing has happened.
    @inline(__always)
    private func storePlain(
        _ cursor: Cursor,
        _ use: JSONKeyTable.Use,
        _ field: Int,
        _ columns: UnsafeMutablePointer<ColumnReference>,
        _ row: Int
    ) -> Cursor? {
        if cursor.pointee == JSONScanner.quote {
            guard use == .skip || use == .text else { return nil }
            let start = cursor + 1
            var others: UInt32 = 0
            // SAFETY: it stops at the newline at the latest.
            guard let end = weir_text_stop(start, &others), end.pointee == JSONScanner.quote else {
                return nil
            }
            let count = end - start
            if others != 0, !UTF8Text.isValid(UnsafeRawBufferPointer(start: start, count: count)) {
                return nil
            }
            if use == .text {
                columns[field].storeText(start, count, row)
                fields[field].setPresent(columns[field], row)
            }
            return end + 1
        }
        guard use == .skip || use == .integer else { return nil }
        var value: UInt64 = 0
        let count = NumberText.plainInteger(cursor, &value)
        guard count > 0 else { return nil }
        if use == .integer {
            let number = Int64(truncatingIfNeeded: value)
            let reason = fields[field].storeInteger(number, columns[field], row)
            guard reason == .none else { return nil }
        }
        return cursor + count
    }

    /// Takes any value, blanks in front of it included; a field of -1 only checks it.
    @inline(never)
    private func storeAny(
        _ scanner: inout JSONScanner,
        _ field: Int,
        _ columns: UnsafeMutablePointer<ColumnReference>,
        _ row: Int,
        _ scratch: inout ByteWriter
    ) -> Bool {
        scanner.skipBlanks()
        guard field >= 0 else { return scanner.skipValue(&scratch) }
        let plan = fields + field
        let column = columns[field]
        let start = scanner.cursor
        let isNumber = start.pointee &- 48 < 10 || start.pointee == UInt8(ascii: "-")
        let kind = plan.pointee.kind
        if isNumber, kind.rawValue >= FieldKind.int8.rawValue,
            kind.rawValue <= FieldKind.decimal.rawValue
        {
            let reason = plan.pointee.storeNumber(&scanner.cursor, isLenient: false, column, row)
            return reason == .none ? true : scanner.fail(reason, at: start)
        }
        if start.pointee == JSONScanner.quote, kind == .string {
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
        return JSONValueDecoder.decode(&scanner, plan.pointee, types[field], column, row, &scratch)
    }

    /// Sets columns without a key to NULL.
    @inline(never)
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
}

extension JSONScanner {
    /// What stands behind a brace or a member.
    fileprivate enum Place {
        /// Another member, whose key's quote was passed.
        case member
        /// The end of the object, which was passed.
        case end
        case malformed
    }

    /// Passes over what stands behind an opening brace, up to the first key.
    @inline(never)
    fileprivate mutating func passOpening() -> Place {
        skipBlanks()
        if cursor.pointee == UInt8(ascii: "}") {
            cursor += 1
            return .end
        }
        return expect(Self.quote) ? .member : .malformed
    }

    /// Passes over what stands behind a member, up to the next key.
    @inline(__always)
    fileprivate mutating func passSeparator() -> Place {
        skipBlanks()
        let byte = cursor.pointee
        if byte == UInt8(ascii: "}") {
            cursor += 1
            return .end
        }
        guard byte == UInt8(ascii: ",") else {
            _ = fail(.unexpectedCharacter)
            return .malformed
        }
        cursor += 1
        skipBlanks()
        return expect(Self.quote) ? .member : .malformed
    }

    /// Notes a failure of a value that begins at `start`.
    @inline(never)
    mutating func fail(_ reason: MalformedReason, at start: UnsafePointer<UInt8>) -> Bool {
        cursor = start
        return fail(reason)
    }
}

extension ColumnReference {
    /// Sets a view column's row to text that has `RecordDecoder.padding` readable bytes behind it:
    /// text moves in whole words.
    @inline(__always)
    func storeText(_ start: UnsafePointer<UInt8>, _ count: Int, _ row: Int) {
        // SAFETY: the padding is behind the text; in a heap's buffer there is room for sixteen bytes
        // behind the last ones reserved.
        var first = NumberText.load8(start)
        if count <= ViewSlot.inlineLimit {
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
            return
        }
        let heap = heap.unsafelyUnwrapped
        let (buffer, offset) = heap.pointee.reserve(count)
        let target = heap.pointee.buffers.unsafelyUnwrapped[buffer] + offset
        var moved = 0
        repeat {
            let block = UnsafeRawPointer(start + moved).loadUnaligned(as: SIMD16<UInt8>.self)
            target.storeBytes(of: block, toByteOffset: moved, as: SIMD16<UInt8>.self)
            moved &+= 16
        } while moved < count
        store(
            ViewSlot(
                head: UInt64(truncatingIfNeeded: count) | first &<< 32,
                tail: UInt64(truncatingIfNeeded: buffer) | UInt64(truncatingIfNeeded: offset) &<< 32
            ),
            row
        )
    }
}
