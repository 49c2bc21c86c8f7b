import WeirData

/// JSON values for columns off the fast path: all but plain numbers and texts.
enum JSONValueDecoder {
    /// Stores the value at the scanner; false after a failure.
    @inline(never)
    static func decode(
        _ scanner: inout JSONScanner,
        _ plan: FieldPlan,
        _ type: LogicalType,
        _ column: ColumnReference,
        _ row: Int,
        _ scratch: inout ByteWriter
    ) -> Bool {
        // SAFETY: the cursor stays inside of the record, see `JSONScanner`.
        let start = scanner.cursor
        switch start.pointee {
        case UInt8(ascii: "n"):
            guard scanner.expect(word: "null") else { return false }
            let reason = plan.storeNull(column, row)
            return reason == .none ? true : scanner.fail(reason, at: start)
        case JSONScanner.quote where plan.kind != .nested:
            return decodeText(&scanner, plan, column, row, &scratch)
        default: break
        }
        switch plan.kind {
        case .nested:
            return decodeNested(&scanner, plan, type, column, row, &scratch)
        case .string:
            guard scanner.skipValue(&scratch) else { return false }
            column.storeBytes(
                UnsafeRawBufferPointer(start: start, count: scanner.cursor - start),
                row
            )
            plan.setPresent(column, row)
            return true
        case .boolean:
            let isTrue = start.pointee == UInt8(ascii: "t")
            guard isTrue || start.pointee == UInt8(ascii: "f") else {
                return wrongType(&scanner, &scratch)
            }
            guard scanner.expect(word: isTrue ? "true" : "false") else { return false }
            column.store(isTrue, row)
            plan.setPresent(column, row)
            return true
        case .timestampMilliseconds, .timestampMicroseconds, .timestampNanoseconds,
            .monthInterval, .dayTimeInterval:
            return decodeInteger(&scanner, plan, column, row, &scratch)
        default: return wrongType(&scanner, &scratch)
        }
    }

    private static func decodeText(
        _ scanner: inout JSONScanner,
        _ plan: FieldPlan,
        _ column: ColumnReference,
        _ row: Int,
        _ scratch: inout ByteWriter
    ) -> Bool {
        let start = scanner.cursor
        scanner.cursor += 1
        guard let text = scanner.scanText(), scanner.check(text, &scratch) else { return false }
        var reason: MalformedReason
        if text.hasEscapes {
            // Rare: the text is copied, since decoding may use the scratch memory itself.
            var resolved = ByteWriter(capacity: scratch.count + RecordDecoder.padding)
            resolved.append(bytes: scratch.bytes)
            let count = resolved.count
            resolved.append(zeros: RecordDecoder.padding)
            resolved.truncate(to: count)
            reason = plan.storeText(resolved.bytes, column, row, scratch: &scratch)
        } else {
            reason = plan.storeText(text.bytes, column, row, scratch: &scratch)
        }
        return reason == .none ? true : scanner.fail(reason, at: start)
    }

    private static func decodeInteger(
        _ scanner: inout JSONScanner,
        _ plan: FieldPlan,
        _ column: ColumnReference,
        _ row: Int,
        _ scratch: inout ByteWriter
    ) -> Bool {
        let start = scanner.cursor
        guard start.pointee &- 48 < 10 || start.pointee == UInt8(ascii: "-") else {
            return wrongType(&scanner, &scratch)
        }
        guard let parts = NumberText.parts(&scanner.cursor, isLenient: false) else {
            return scanner.fail(.badNumber)
        }
        let text = UnsafeRawBufferPointer(start: start, count: scanner.cursor - start)
        guard let value = NumberText.integer(parts, text) else {
            return scanner.fail(.outOfRange, at: start)
        }
        let isInterval = plan.kind == .monthInterval || plan.kind == .dayTimeInterval
        let reason =
            isInterval
            ? plan.storeInteger(value, column, row)
            : plan.storeEpoch(milliseconds: value, column, row)
        return reason == .none ? true : scanner.fail(reason, at: start)
    }

    /// Says that the value is of the wrong kind, or what is wrong with its syntax.
    private static func wrongType(
        _ scanner: inout JSONScanner,
        _ scratch: inout ByteWriter
    ) -> Bool {
        let start = scanner.cursor
        guard scanner.skipValue(&scratch) else { return false }
        return scanner.fail(.wrongType, at: start)
    }

    private static func decodeNested(
        _ scanner: inout JSONScanner,
        _ plan: FieldPlan,
        _ type: LogicalType,
        _ column: ColumnReference,
        _ row: Int,
        _ scratch: inout ByteWriter
    ) -> Bool {
        let start = scanner.cursor
        guard let value = JSONNested.value(&scanner, type, depth: 0, &scratch) else { return false }
        scratch.removeAll()
        do {
            try ValueCodec.encodePresent(value, type: type, into: &scratch)
        } catch {
            return scanner.fail(.wrongType, at: start)
        }
        column.storeBytes(scratch.bytes, row)
        plan.setPresent(column, row)
        return true
    }
}
