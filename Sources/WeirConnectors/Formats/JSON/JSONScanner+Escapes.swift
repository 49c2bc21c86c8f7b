import WeirData

extension JSONScanner {
    /// Writes text with its escapes resolved into `scratch`, as UTF-8; false if one is wrong.
    ///
    /// Half of a surrogate pair is refused: it has no UTF-8. Zeros follow the text in `scratch`, so
    /// that what reads whole words may read past it.
    @inline(never)
    mutating func resolveEscapes(_ text: Text, _ scratch: inout ByteWriter) -> Bool {
        scratch.removeAll()
        // Resolved text is never longer than its escapes.
        _ = scratch.reserve(text.count + RecordDecoder.padding)
        var index = 0
        while index < text.count {
            let byte = text.start[index]
            if byte != Self.backslash {
                scratch.append(byte: byte)
                index += 1
                continue
            }
            // SAFETY: an escape is followed by a byte inside of the text, since `scanText` took
            // both; `unit` checks the four digits against the end.
            let letter = text.start[index + 1]
            if letter == UInt8(ascii: "u") {
                guard let scalar = scalar(text, &index) else { return false }
                for unit in UTF8.encode(scalar).map(Array.init) ?? [] { scratch.append(byte: unit) }
                continue
            }
            guard let resolved = Self.simpleEscape(letter) else {
                cursor = text.start + index
                return fail(.badEscape)
            }
            scratch.append(byte: resolved)
            index += 2
        }
        let count = scratch.count
        scratch.append(zeros: RecordDecoder.padding)
        scratch.truncate(to: count)
        return true
    }

    private static func simpleEscape(_ letter: UInt8) -> UInt8? {
        switch letter {
        case quote, backslash, UInt8(ascii: "/"): letter
        case UInt8(ascii: "b"): 8
        case UInt8(ascii: "f"): 12
        case UInt8(ascii: "n"): 10
        case UInt8(ascii: "r"): 13
        case UInt8(ascii: "t"): 9
        default: nil
        }
    }

    /// The character of `\uXXXX`, or of two that make a pair; `index` moves behind.
    private mutating func scalar(_ text: Text, _ index: inout Int) -> Unicode.Scalar? {
        let start = index
        guard let first = Self.unit(text, index) else {
            cursor = text.start + start
            _ = fail(.badEscape)
            return nil
        }
        index += 6
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first < 0xdc00, let second = Self.unit(text, index), second & 0xfc00 == 0xdc00 {
            index += 6
            return Unicode.Scalar(0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff))
        }
        cursor = text.start + start
        _ = fail(.loneSurrogate)
        return nil
    }

    /// The UTF-16 unit of `\uXXXX` at an index.
    private static func unit(_ text: Text, _ index: Int) -> UInt32? {
        guard text.count - index >= 6, text.start[index] == backslash,
            text.start[index + 1] == UInt8(ascii: "u")
        else { return nil }
        var value: UInt32 = 0
        for place in 2..<6 {
            let byte = text.start[index + place]
            let digit: UInt8
            switch byte {
            case 48...57: digit = byte - 48
            case 97...102: digit = byte - 87
            case 65...70: digit = byte - 55
            default: return nil
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
