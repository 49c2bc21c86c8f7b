/// JSON read slowly and plainly, after the grammar of RFC 8259: the decoder is compared with it.
indirect enum ReferenceJSON: Equatable {
    case null
    case boolean(Bool)
    case number(String)
    case string(String)
    case array([ReferenceJSON])
    case object([Member])

    struct Member: Equatable {
        let key: String
        let value: ReferenceJSON
    }

    private struct NotJSON: Error {}

    /// The value that is all of a line; nil if it is none.
    static func parse(_ line: [UInt8]) -> ReferenceJSON? {
        var rest = line[...]
        do {
            skipBlanks(&rest)
            let value = try value(&rest, depth: 0)
            skipBlanks(&rest)
            return rest.isEmpty ? value : nil
        } catch {
            return nil
        }
    }

    private static func skipBlanks(_ rest: inout ArraySlice<UInt8>) {
        while let byte = rest.first, [0x20, 0x09, 0x0d].contains(byte) { rest.removeFirst() }
    }

    private static func take(_ rest: inout ArraySlice<UInt8>, _ text: String) throws {
        guard rest.starts(with: text.utf8) else { throw NotJSON() }
        rest.removeFirst(text.utf8.count)
    }

    private static func value(
        _ rest: inout ArraySlice<UInt8>,
        depth: Int
    ) throws -> ReferenceJSON {
        guard depth <= 257, let first = rest.first else { throw NotJSON() }
        switch Character(Unicode.Scalar(first)) {
        case "n":
            try take(&rest, "null")
            return .null
        case "t":
            try take(&rest, "true")
            return .boolean(true)
        case "f":
            try take(&rest, "false")
            return .boolean(false)
        case "\"": return .string(try string(&rest))
        case "[": return .array(try elements(&rest, depth))
        case "{": return .object(try members(&rest, depth))
        default: return .number(try number(&rest))
        }
    }

    private static func elements(
        _ rest: inout ArraySlice<UInt8>,
        _ depth: Int
    ) throws -> [ReferenceJSON] {
        try take(&rest, "[")
        var values: [ReferenceJSON] = []
        skipBlanks(&rest)
        if rest.first == UInt8(ascii: "]") {
            rest.removeFirst()
            return values
        }
        while true {
            skipBlanks(&rest)
            values.append(try value(&rest, depth: depth + 1))
            skipBlanks(&rest)
            if rest.first == UInt8(ascii: "]") { break }
            try take(&rest, ",")
        }
        rest.removeFirst()
        return values
    }

    private static func members(
        _ rest: inout ArraySlice<UInt8>,
        _ depth: Int
    ) throws -> [Member] {
        try take(&rest, "{")
        var found: [Member] = []
        skipBlanks(&rest)
        if rest.first == UInt8(ascii: "}") {
            rest.removeFirst()
            return found
        }
        while true {
            skipBlanks(&rest)
            let key = try string(&rest)
            skipBlanks(&rest)
            try take(&rest, ":")
            skipBlanks(&rest)
            found.append(Member(key: key, value: try value(&rest, depth: depth + 1)))
            skipBlanks(&rest)
            if rest.first == UInt8(ascii: "}") { break }
            try take(&rest, ",")
        }
        rest.removeFirst()
        return found
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) throws -> String {
        var text = ""
        func digits() -> Int {
            var count = 0
            while let byte = rest.first, (48...57).contains(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
                rest.removeFirst()
                count += 1
            }
            return count
        }
        func sign(_ signs: String) {
            guard let byte = rest.first, signs.utf8.contains(byte) else { return }
            text.unicodeScalars.append(Unicode.Scalar(byte))
            rest.removeFirst()
        }
        sign("-")
        let startsWithZero = rest.first == UInt8(ascii: "0")
        let whole = digits()
        if whole == 0 || (startsWithZero && whole > 1) { throw NotJSON() }
        if rest.first == UInt8(ascii: ".") {
            sign(".")
            if digits() == 0 { throw NotJSON() }
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            sign("eE")
            sign("+-")
            if digits() == 0 { throw NotJSON() }
        }
        return text
    }

    private static func string(_ rest: inout ArraySlice<UInt8>) throws -> String {
        try take(&rest, "\"")
        var units: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") {
                guard let text = String(validating: units, as: UTF8.self) else { throw NotJSON() }
                return text
            }
            if byte < 0x20 { throw NotJSON() }
            if byte != UInt8(ascii: "\\") {
                units.append(byte)
                continue
            }
            guard let letter = rest.popFirst() else { throw NotJSON() }
            let plain: [Character: Character] = [
                "\"": "\"", "\\": "\\", "/": "/", "b": "\u{8}", "f": "\u{c}", "n": "\n", "r": "\r",
                "t": "\t",
            ]
            if let resolved = plain[Character(Unicode.Scalar(letter))] {
                units += String(resolved).utf8
            } else if letter == UInt8(ascii: "u") {
                units += String(Character(try scalar(&rest))).utf8
            } else {
                throw NotJSON()
            }
        }
        throw NotJSON()
    }

    private static func scalar(_ rest: inout ArraySlice<UInt8>) throws -> Unicode.Scalar {
        let first = try unit(&rest)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xdc00 else { throw NotJSON() }
        try take(&rest, "\\u")
        let second = try unit(&rest)
        guard (0xdc00...0xdfff).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) * 0x400 + (second - 0xdc00))
        else { throw NotJSON() }
        return scalar
    }

    private static func unit(_ rest: inout ArraySlice<UInt8>) throws -> UInt32 {
        let digits = rest.prefix(4)
        let hexadecimal = "0123456789abcdefABCDEF".utf8
        guard digits.count == 4, digits.allSatisfy({ hexadecimal.contains($0) }),
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw NotJSON() }
        rest.removeFirst(4)
        return value
    }
}
