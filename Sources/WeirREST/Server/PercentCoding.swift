/// The `%41` of URLs.
package enum PercentCoding {
    /// What a part of a URL says; nil if a percent sign lacks its digits or the bytes are no text.
    package static func decode(_ text: String) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = digit(rest.popFirst()), let low = digit(rest.popFirst()) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8?) -> UInt8? {
        guard let byte else { return nil }
        return Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
    }
}

/// What follows the question mark of a URL.
package enum QueryString {
    /// The first value of a parameter; nil if there is none, empty if it has no equals sign.
    package static func value(of name: String, in query: String) -> String? {
        for part in query.split(separator: "&") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard decode(sides[0]) == name else { continue }
            return sides.count == 2 ? decode(sides[1]) ?? String(sides[1]) : ""
        }
        return nil
    }

    /// In a query a plus sign is a blank.
    private static func decode(_ text: Substring) -> String? {
        PercentCoding.decode(String(text.map { $0 == "+" ? " " : $0 }))
    }
}
