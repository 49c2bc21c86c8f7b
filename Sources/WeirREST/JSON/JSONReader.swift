/// Reads JSON as RFC 8259 has it, and nothing beside: no comments, no commas at the end, no second
/// value, no name twice in an object.
package struct JSONReader {
    /// How deep values may lie in others.
    static let depthLimit = 32

    private let bytes: [UInt8]
    private var index = 0

    /// The value that a text is.
    package static func read(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONNode {
        var reader = JSONReader(bytes: bytes)
        let node = try reader.value(depth: 0)
        reader.skipBlanks()
        guard reader.index == bytes.count else {
            throw reader.failure("something follows the value.")
        }
        return node
    }

    /// Why a text is no JSON; nil if it is.
    package static func problem(in text: [UInt8]) -> String? {
        do throws(JSONSyntaxError) {
            _ = try read(text)
            return nil
        } catch {
            return error.reason
        }
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONNode {
        skipBlanks()
        let start = index
        guard depth <= Self.depthLimit else {
            throw failure("more than \(Self.depthLimit) values lie in each other.")
        }
        guard let first = peek() else { throw failure("it ends where a value is expected.") }
        let value: JSONNode.Value
        switch first {
        case UInt8(ascii: "{"): value = .object(try object(depth))
        case UInt8(ascii: "["): value = .array(try array(depth))
        case UInt8(ascii: "\""): value = .text(try text())
        case UInt8(ascii: "t"): value = try word("true", .boolean(true))
        case UInt8(ascii: "f"): value = try word("false", .boolean(false))
        case UInt8(ascii: "n"): value = try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            value = .number(try number())
        default: throw failure("a value is expected.")
        }
        return JSONNode(value: value, offset: start)
    }

    private mutating func object(_ depth: Int) throws(JSONSyntaxError) -> [String: JSONNode] {
        index += 1
        var fields: [String: JSONNode] = [:]
        skipBlanks()
        if take("}") { return fields }
        while true {
            skipBlanks()
            let start = index
            guard peek() == UInt8(ascii: "\"") else { throw failure("a name is expected.") }
            let name = try text()
            skipBlanks()
            guard take(":") else { throw failure("a colon is expected.") }
            let node = try value(depth: depth + 1)
            guard fields.updateValue(node, forKey: name) == nil else {
                throw JSONSyntaxError(reason: "the name \"\(name)\" stands twice.", offset: start)
            }
            skipBlanks()
            if take("}") { return fields }
            guard take(",") else { throw failure("a comma or a closing brace is expected.") }
        }
    }

    private mutating func array(_ depth: Int) throws(JSONSyntaxError) -> [JSONNode] {
        index += 1
        var elements: [JSONNode] = []
        skipBlanks()
        if take("]") { return elements }
        while true {
            elements.append(try value(depth: depth + 1))
            skipBlanks()
            if take("]") { return elements }
            guard take(",") else { throw failure("a comma or a closing bracket is expected.") }
        }
    }

    private mutating func word(
        _ word: String,
        _ value: JSONNode.Value
    ) throws(JSONSyntaxError) -> JSONNode.Value {
        guard bytes[index...].starts(with: word.utf8) else { throw failure("a value is expected.") }
        index += word.utf8.count
        return value
    }

    // -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
    private mutating func number() throws(JSONSyntaxError) -> String {
        let start = index
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func digits() throws(JSONSyntaxError) {
        let start = index
        while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            index += 1
        }
        guard index > start else { throw failure("a digit is expected.") }
    }

    private mutating func text() throws(JSONSyntaxError) -> String {
        let start = index
        index += 1
        var content: [UInt8] = []
        while let byte = peek() {
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw JSONSyntaxError(reason: "the text is not UTF-8.", offset: start)
                }
                return text
            case UInt8(ascii: "\\"): content += try escape()
            case 0..<32:
                index -= 1
                throw failure("a control character stands in a text.")
            default: content.append(byte)
            }
        }
        throw failure("it ends in a text.")
    }

    /// What follows a backslash, as UTF-8.
    private mutating func escape() throws(JSONSyntaxError) -> [UInt8] {
        guard let byte = peek() else { throw failure("it ends in a text.") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "u"): return try scalar()
        default:
            index -= 1
            throw failure("a backslash stands before something else than it may.")
        }
    }

    /// The scalar of one `\u` or of the two of a surrogate pair, the first `\u` being read.
    private mutating func scalar() throws(JSONSyntaxError) -> [UInt8] {
        let start = index
        var code = try fourDigits()
        if (0xD800..<0xDC00).contains(code), take("\\"), take("u") {
            let low = try fourDigits()
            if (0xDC00..<0xE000).contains(low) {
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
        }
        guard let scalar = Unicode.Scalar(code) else {
            throw JSONSyntaxError(reason: "half of a character stands alone.", offset: start)
        }
        return Array(String(Character(scalar)).utf8)
    }

    private mutating func fourDigits() throws(JSONSyntaxError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek(),
                let digit = Character(Unicode.Scalar(byte)).hexDigitValue
            else { throw failure("four hexadecimal digits are expected.") }
            index += 1
            code = code << 4 | UInt32(digit)
        }
        return code
    }

    // MARK: Bytes

    private func peek() -> UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func skipBlanks() {
        while let byte = peek(), [32, 9, 10, 13].contains(byte) { index += 1 }
    }

    private func failure(_ reason: String) -> JSONSyntaxError {
        JSONSyntaxError(reason: reason, offset: index)
    }
}
