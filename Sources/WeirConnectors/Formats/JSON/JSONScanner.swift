import CWeirIntrinsics
import WeirData

/// Walks over one line of JSON (RFC 8259) without building anything.
///
/// Runs without bounds checks: the line ends with a newline, no step crosses a newline, and
/// `RecordDecoder.padding` bytes behind the input are readable.
struct JSONScanner {
    // SAFETY: stays inside the record and its newline, see above.
    /// The next byte.
    var cursor: UnsafePointer<UInt8>
    /// What went wrong at the cursor.
    var reason = MalformedReason.none

    /// Text between quotes, the escapes in it not resolved.
    struct Text {
        let start: UnsafePointer<UInt8>
        let count: Int
        let hasEscapes: Bool
        /// Whether there may be bytes that are not ASCII.
        let needsCheck: Bool

        var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
    }

    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
    static let newline = UInt8(ascii: "\n")
    /// Deepest nesting that is taken.
    static let depthLimit = 256

    init(_ cursor: UnsafePointer<UInt8>) { self.cursor = cursor }

    /// Notes a failure at the cursor.
    @inline(never)
    mutating func fail(_ reason: MalformedReason) -> Bool {
        if self.reason == .none {
            let isEnd = cursor.pointee == Self.newline && reason == .unexpectedCharacter
            self.reason = isEnd ? .unexpectedEnd : reason
        }
        return false
    }

    /// Passes over blanks; a newline is the record's end.
    @inline(__always)
    mutating func skipBlanks() {
        while cursor.pointee <= 0x20 {
            let byte = cursor.pointee
            guard byte == 0x20 || byte == 0x09 || byte == 0x0d else { return }
            cursor += 1
        }
    }

    /// Passes over one expected byte.
    @inline(__always)
    mutating func expect(_ byte: UInt8) -> Bool {
        guard cursor.pointee == byte else { return fail(.unexpectedCharacter) }
        cursor += 1
        return true
    }

    /// Passes over text up to and with its closing quote; the cursor is behind the opening one.
    mutating func scanText() -> Text? {
        let start = cursor
        var others: UInt32 = 0
        var hasEscapes = false
        while true {
            var found: UInt32 = 0
            cursor = weir_text_stop(cursor, &found)
            others |= found
            let byte = cursor.pointee
            if byte == Self.quote {
                let count = cursor - start
                cursor += 1
                return Text(
                    start: start,
                    count: count,
                    hasEscapes: hasEscapes,
                    needsCheck: others != 0
                )
            }
            guard byte == Self.backslash else {
                _ = fail(byte == Self.newline ? .unexpectedEnd : .controlCharacter)
                return nil
            }
            hasEscapes = true
            if cursor[1] < 0x20 {
                cursor += 1
                _ = fail(cursor.pointee == Self.newline ? .unexpectedEnd : .badEscape)
                return nil
            }
            cursor += 2
        }
    }

    /// Passes over text and checks its escapes and its UTF-8.
    mutating func skipText(_ scratch: inout ByteWriter) -> Bool {
        guard let text = scanText() else { return false }
        return check(text, &scratch)
    }

    /// Checks the UTF-8 of text; resolves its escapes into `scratch`, if it has any.
    @inline(__always)
    mutating func check(_ text: Text, _ scratch: inout ByteWriter) -> Bool {
        if text.needsCheck, !UTF8Text.isValid(text.bytes) {
            cursor = text.start
            return fail(.notUTF8)
        }
        return text.hasEscapes ? resolveEscapes(text, &scratch) : true
    }

    /// Passes over a literal such as `true`.
    @inline(__always)
    mutating func expect(word: StaticString) -> Bool {
        let letters = word.utf8Start
        for index in 0..<word.utf8CodeUnitCount {
            guard cursor.pointee == letters[index] else { return fail(.unexpectedCharacter) }
            cursor += 1
        }
        return true
    }

    /// Passes over a value of any kind and checks its syntax.
    mutating func skipValue(depth: Int = 0, _ scratch: inout ByteWriter) -> Bool {
        switch cursor.pointee {
        case Self.quote:
            cursor += 1
            return skipText(&scratch)
        case UInt8(ascii: "{"): return skipObject(depth: depth, &scratch)
        case UInt8(ascii: "["): return skipArray(depth: depth, &scratch)
        case UInt8(ascii: "t"): return expect(word: "true")
        case UInt8(ascii: "f"): return expect(word: "false")
        case UInt8(ascii: "n"): return expect(word: "null")
        case UInt8(ascii: "-"), 48...57:
            guard NumberText.parts(&cursor, isLenient: false) != nil else {
                return fail(.badNumber)
            }
            return true
        default: return fail(.unexpectedCharacter)
        }
    }

    private mutating func skipObject(depth: Int, _ scratch: inout ByteWriter) -> Bool {
        guard depth < Self.depthLimit else { return fail(.tooDeep) }
        cursor += 1
        skipBlanks()
        if cursor.pointee == UInt8(ascii: "}") {
            cursor += 1
            return true
        }
        while true {
            guard expect(Self.quote), skipText(&scratch) else { return false }
            skipBlanks()
            guard expect(UInt8(ascii: ":")) else { return false }
            skipBlanks()
            guard skipValue(depth: depth + 1, &scratch) else { return false }
            skipBlanks()
            if cursor.pointee == UInt8(ascii: "}") {
                cursor += 1
                return true
            }
            guard expect(UInt8(ascii: ",")) else { return false }
            skipBlanks()
        }
    }

    private mutating func skipArray(depth: Int, _ scratch: inout ByteWriter) -> Bool {
        guard depth < Self.depthLimit else { return fail(.tooDeep) }
        cursor += 1
        skipBlanks()
        if cursor.pointee == UInt8(ascii: "]") {
            cursor += 1
            return true
        }
        while true {
            guard skipValue(depth: depth + 1, &scratch) else { return false }
            skipBlanks()
            if cursor.pointee == UInt8(ascii: "]") {
                cursor += 1
                return true
            }
            guard expect(UInt8(ascii: ",")) else { return false }
            skipBlanks()
        }
    }
}
