import WeirData

/// Octets as base 64 (RFC 4648, section 4), which is how BYTES stand in JSON and CSV.
public enum Base64Text {
    /// Appends the text of octets, padded.
    public static func append(_ octets: UnsafeRawBufferPointer, into writer: inout ByteWriter) {
        var index = 0
        while index < octets.count {
            let count = min(3, octets.count - index)
            var group: UInt32 = 0
            for offset in 0..<3 {
                group = group << 8 | (offset < count ? UInt32(octets[index + offset]) : 0)
            }
            for place in 0..<4 {
                let six = UInt8(group >> (18 - 6 * UInt32(place)) & 63)
                writer.append(byte: place <= count ? letter(six) : UInt8(ascii: "="))
            }
            index += 3
        }
    }

    /// Appends the octets of a text; false if it is not base 64.
    ///
    /// Padding may be missing.
    public static func decode(_ text: UnsafeRawBufferPointer, into writer: inout ByteWriter) -> Bool
    {
        var end = text.count
        while end > 0, text.count - end < 2, text[end - 1] == UInt8(ascii: "=") { end -= 1 }
        guard end % 4 != 1 else { return false }
        var group: UInt32 = 0
        for index in 0..<end {
            guard let six = value(text[index]) else { return false }
            group = group << 6 | UInt32(six)
            if index % 4 > 0 {
                writer.append(byte: UInt8(truncatingIfNeeded: group >> (6 - 2 * UInt32(index % 4))))
            }
        }
        return true
    }

    private static func letter(_ six: UInt8) -> UInt8 {
        switch six {
        case 0..<26: six + 65
        case 26..<52: six + 71
        case 52..<62: six - 4
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }

    private static func value(_ letter: UInt8) -> UInt8? {
        switch letter {
        case 65...90: letter - 65
        case 97...122: letter - 71
        case 48...57: letter + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
