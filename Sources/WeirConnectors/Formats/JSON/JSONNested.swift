import WeirData

/// JSON arrays and objects as values of ARRAY, MAP and ROW; not a fast path.
enum JSONNested {
    /// Reads a value of a type; nil after a failure.
    static func value(
        _ scanner: inout JSONScanner,
        _ type: LogicalType,
        depth: Int,
        _ scratch: inout ByteWriter
    ) -> Value? {
        guard depth < JSONScanner.depthLimit / 4 else {
            _ = scanner.fail(.tooDeep)
            return nil
        }
        if scanner.cursor.pointee == UInt8(ascii: "n") {
            return scanner.expect(word: "null") ? .null : nil
        }
        switch type {
        case .array(let element): return array(&scanner, element, depth, &scratch)
        case .map(let key, let mapped): return map(&scanner, key, mapped, depth, &scratch)
        case .row(let fields): return row(&scanner, fields, depth, &scratch)
        default: return scalar(&scanner, type, &scratch)
        }
    }

    private static func array(
        _ scanner: inout JSONScanner,
        _ element: LogicalType,
        _ depth: Int,
        _ scratch: inout ByteWriter
    ) -> Value? {
        guard open(&scanner, UInt8(ascii: "["), &scratch) else { return nil }
        var values: [Value] = []
        if close(&scanner, UInt8(ascii: "]")) { return .array(values) }
        while true {
            guard let value = value(&scanner, element, depth: depth + 1, &scratch) else {
                return nil
            }
            values.append(value)
            scanner.skipBlanks()
            if close(&scanner, UInt8(ascii: "]")) { return .array(values) }
            guard scanner.expect(UInt8(ascii: ",")) else { return nil }
            scanner.skipBlanks()
        }
    }

    private static func map(
        _ scanner: inout JSONScanner,
        _ key: LogicalType,
        _ mapped: LogicalType,
        _ depth: Int,
        _ scratch: inout ByteWriter
    ) -> Value? {
        var entries: [Value.MapEntry] = []
        let isRead = members(&scanner, &scratch) { scanner, name, scratch in
            let start = scanner.cursor
            guard let name = Value(text: name, type: key) else {
                return scanner.fail(.wrongType, at: start)
            }
            guard let value = value(&scanner, mapped, depth: depth + 1, &scratch) else {
                return false
            }
            // The last of repeated keys counts.
            if let index = entries.firstIndex(where: { $0.key == name }) {
                entries[index].value = value
            } else {
                entries.append(.init(name, value))
            }
            return true
        }
        return isRead ? .map(entries) : nil
    }

    private static func row(
        _ scanner: inout JSONScanner,
        _ fields: [LogicalType.RowField],
        _ depth: Int,
        _ scratch: inout ByteWriter
    ) -> Value? {
        var values = [Value](repeating: .null, count: fields.count)
        let isRead = members(&scanner, &scratch) { scanner, name, scratch in
            guard let index = fields.firstIndex(where: { $0.name == name }) else {
                return scanner.skipValue(depth: depth + 1, &scratch)
            }
            guard let value = value(&scanner, fields[index].type, depth: depth + 1, &scratch) else {
                return false
            }
            values[index] = value
            return true
        }
        return isRead ? .row(values) : nil
    }

    /// Calls `body` at the value of each member of an object.
    private static func members(
        _ scanner: inout JSONScanner,
        _ scratch: inout ByteWriter,
        _ body: (inout JSONScanner, String, inout ByteWriter) -> Bool
    ) -> Bool {
        guard open(&scanner, UInt8(ascii: "{"), &scratch) else { return false }
        if close(&scanner, UInt8(ascii: "}")) { return true }
        while true {
            guard let name = text(&scanner, &scratch) else { return false }
            scanner.skipBlanks()
            guard scanner.expect(UInt8(ascii: ":")) else { return false }
            scanner.skipBlanks()
            guard body(&scanner, name, &scratch) else { return false }
            scanner.skipBlanks()
            if close(&scanner, UInt8(ascii: "}")) { return true }
            guard scanner.expect(UInt8(ascii: ",")) else { return false }
            scanner.skipBlanks()
        }
    }

    /// Passes over an opening bracket, or says that the value is of the wrong kind.
    private static func open(
        _ scanner: inout JSONScanner,
        _ bracket: UInt8,
        _ scratch: inout ByteWriter
    ) -> Bool {
        guard scanner.cursor.pointee == bracket else {
            let start = scanner.cursor
            return scanner.skipValue(&scratch) ? scanner.fail(.wrongType, at: start) : false
        }
        scanner.cursor += 1
        scanner.skipBlanks()
        return true
    }

    private static func close(_ scanner: inout JSONScanner, _ bracket: UInt8) -> Bool {
        guard scanner.cursor.pointee == bracket else { return false }
        scanner.cursor += 1
        return true
    }

    private static func text(_ scanner: inout JSONScanner, _ scratch: inout ByteWriter) -> String? {
        guard scanner.expect(JSONScanner.quote), let text = scanner.scanText(),
            scanner.check(text, &scratch)
        else { return nil }
        return String(decoding: text.hasEscapes ? scratch.bytes : text.bytes, as: UTF8.self)
    }

    private static func scalar(
        _ scanner: inout JSONScanner,
        _ type: LogicalType,
        _ scratch: inout ByteWriter
    ) -> Value? {
        // SAFETY: the text lies between `start` and the cursor, both inside of the record.
        let start = scanner.cursor
        let content: String
        if start.pointee == JSONScanner.quote {
            guard let read = text(&scanner, &scratch) else { return nil }
            content = read
        } else {
            guard scanner.skipValue(&scratch) else { return nil }
            let bytes = UnsafeRawBufferPointer(start: start, count: scanner.cursor - start)
            content = String(decoding: bytes, as: UTF8.self)
            if case .timestamp = type, let number = Int64(content) {
                return .timestamp(milliseconds: number)
            }
        }
        guard let value = Value(text: content, type: type) else {
            _ = scanner.fail(.wrongType, at: start)
            return nil
        }
        return value
    }
}
