import WeirData

/// Walks over the fields of CSV records (RFC 4180).
///
/// Outside of quotes it runs without bounds checks: a newline stands at `end` or before, and
/// `RecordDecoder.padding` bytes behind are readable. Inside quotes newlines are text, so there each
/// step compares with `end`.
struct CSVScanner {
    // SAFETY: stays between the record's start and `end`, see above.
    /// The next byte.
    var cursor: UnsafePointer<UInt8>
    /// Behind the last byte, where a newline may be read.
    let end: UnsafePointer<UInt8>
    let delimiter: UInt8
    /// Whether quoted fields may hold newlines.
    let allowsMultilineFields: Bool
    /// What went wrong at the cursor.
    var reason = MalformedReason.none

    /// One field.
    struct Field {
        let start: UnsafePointer<UInt8>
        let count: Int
        let isQuoted: Bool
        /// Whether doubled quotes stand in it.
        let hasQuotes: Bool
        /// Whether there may be bytes that are not ASCII.
        let needsCheck: Bool
        /// Whether it is the last of its record; the cursor is behind the line's end then.
        let isLast: Bool

        var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
    }

    static let quote = UInt8(ascii: "\"")
    static let newline = UInt8(ascii: "\n")
    // Vectors, since comparing with a scalar is not one instruction.
    private static var newlines: SIMD16<UInt8> { SIMD16(repeating: 0x0a) }
    private static var quotes: SIMD16<UInt8> { SIMD16(repeating: 0x22) }
    static let carriageReturn = UInt8(ascii: "\r")

    /// Passes over a field and the delimiter or line's end behind it; nil if it is malformed, or
    /// (with `unexpectedEnd`) not whole.
    @inline(__always)
    mutating func next() -> Field? {
        if cursor.pointee == Self.quote { return nextQuoted() }
        let start = cursor
        var all = SIMD16<UInt8>.zero
        let delimiters = SIMD16<UInt8>(repeating: delimiter)
        while true {
            let block = UnsafeRawPointer(cursor).loadUnaligned(as: SIMD16<UInt8>.self)
            all = all | block
            let stops =
                (block .== delimiters) .| (block .== Self.newlines) .| (block .== Self.quotes)
            // SAFETY: a mask of sixteen bytes has the bits of two words.
            let bits = unsafeBitCast(stops, to: SIMD2<UInt64>.self)
            if bits.x | bits.y == 0 {
                cursor += 16
                continue
            }
            cursor +=
                bits.x != 0
                ? bits.x.trailingZeroBitCount &>> 3 : 8 &+ bits.y.trailingZeroBitCount &>> 3
            break
        }
        let words = unsafeBitCast(all, to: SIMD2<UInt64>.self)
        let needsCheck = (words.x | words.y) & 0x8080_8080_8080_8080 != 0
        let byte = cursor.pointee
        if byte == Self.quote {
            reason = .strayQuote
            return nil
        }
        var count = cursor - start
        let isLast = byte == Self.newline
        if isLast, count > 0, start[count - 1] == Self.carriageReturn { count -= 1 }
        cursor += 1
        return Field(
            start: start,
            count: count,
            isQuoted: false,
            hasQuotes: false,
            needsCheck: needsCheck,
            isLast: isLast
        )
    }

    @inline(never)
    private mutating func nextQuoted() -> Field? {
        cursor += 1
        let start = cursor
        var hasQuotes = false
        var needsCheck = false
        while cursor < end {
            let byte = cursor.pointee
            if byte >= 0x80 { needsCheck = true }
            if byte == Self.newline, !allowsMultilineFields {
                reason = .unexpectedEnd
                return nil
            }
            if byte != Self.quote {
                cursor += 1
            } else if cursor + 1 < end, cursor[1] == Self.quote {
                hasQuotes = true
                cursor += 2
            } else {
                break
            }
        }
        guard cursor < end else {
            reason = .unexpectedEnd
            return nil
        }
        let count = cursor - start
        cursor += 1
        if cursor.pointee == Self.carriageReturn, cursor + 1 <= end, cursor[1] == Self.newline {
            cursor += 1
        }
        let byte = cursor.pointee
        guard byte == delimiter || byte == Self.newline else {
            reason = .strayQuote
            return nil
        }
        cursor += 1
        return Field(
            start: start,
            count: count,
            isQuoted: true,
            hasQuotes: hasQuotes,
            needsCheck: needsCheck,
            isLast: byte == Self.newline
        )
    }

    /// The text of a field with its quotes undoubled.
    static func unquoted(_ field: Field, _ scratch: inout ByteWriter) -> UnsafeRawBufferPointer {
        scratch.removeAll()
        _ = scratch.reserve(field.count + RecordDecoder.padding)
        var index = 0
        while index < field.count {
            scratch.append(byte: field.start[index])
            index += field.start[index] == quote ? 2 : 1
        }
        let count = scratch.count
        scratch.append(zeros: RecordDecoder.padding)
        scratch.truncate(to: count)
        return scratch.bytes
    }
}
