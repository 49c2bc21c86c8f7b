/// Cuts Swift source into tokens, so that a rule neither finds a banned name in a comment nor misses
/// one that is broken over two lines.
///
/// Knows nested comments, escaped, raw and multi-line strings, and code inside interpolations. Does
/// not know regular expression literals; the house does not use them.
struct Lexer {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var tokens: [Token] = []

    /// The tokens of a text.
    static func tokens(of text: String) -> [Token] {
        var lexer = Lexer(bytes: Array(text.utf8))
        lexer.readCode(untilParenthesis: false)
        return lexer.tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func byte(ahead distance: Int = 0) -> UInt8 {
        position + distance < bytes.count ? bytes[position + distance] : 0
    }

    private func isAt(_ text: StaticString) -> Bool {
        for index in 0..<text.utf8CodeUnitCount {
            if byte(ahead: index) != text.utf8Start[index] { return false }
        }
        return true
    }

    private mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where position < bytes.count {
            if bytes[position] == UInt8(ascii: "\n") { line += 1 }
            position += 1
        }
    }

    private mutating func append(_ kind: Token.Kind, from start: Int, line: Int) {
        let isSpaced = start == 0 || bytes[start - 1] <= 32
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        tokens.append(Token(kind: kind, text: text, line: line, isSpaced: isSpaced))
    }

    /// Reads code to the end, or to the parenthesis that closes an interpolation.
    private mutating func readCode(untilParenthesis: Bool) {
        var depth = 0
        while position < bytes.count {
            let start = position
            let startLine = line
            if byte() <= 32 {
                advance()
            } else if isAt("//") {
                while position < bytes.count && byte() != UInt8(ascii: "\n") { advance() }
                append(.comment, from: start, line: startLine)
            } else if isAt("/*") {
                skipBlockComment()
                append(.comment, from: start, line: startLine)
            } else if let pounds = poundsBeforeQuote() {
                readString(pounds: pounds)
            } else if Self.isWordByte(byte()) {
                while Self.isWordByte(byte()) { advance() }
                append(.word, from: start, line: startLine)
            } else {
                if byte() == UInt8(ascii: "(") { depth += 1 }
                if byte() == UInt8(ascii: ")") {
                    if untilParenthesis && depth == 0 { return }
                    depth -= 1
                }
                advance()
                append(.mark, from: start, line: startLine)
            }
        }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }

    private mutating func skipBlockComment() {
        var depth = 0
        repeat {
            if isAt("/*") {
                depth += 1
                advance(2)
            } else if isAt("*/") {
                depth -= 1
                advance(2)
            } else {
                advance()
            }
        } while depth > 0 && position < bytes.count
    }

    /// How many `#` stand before a quote here; nil if no string begins here.
    private func poundsBeforeQuote() -> Int? {
        var count = 0
        while byte(ahead: count) == UInt8(ascii: "#") { count += 1 }
        return byte(ahead: count) == UInt8(ascii: "\"") ? count : nil
    }

    private func isPounds(_ count: Int, ahead distance: Int) -> Bool {
        for index in 0..<count where byte(ahead: distance + index) != UInt8(ascii: "#") {
            return false
        }
        return true
    }

    /// Reads a string literal: first its own token, then those of its interpolations.
    private mutating func readString(pounds: Int) {
        let startLine = line
        let opening = position
        advance(pounds)
        let quotes = isAt("\"\"\"") ? 3 : 1
        advance(quotes)
        let place = tokens.count
        var text: [UInt8] = []
        while position < bytes.count {
            if isClosingQuote(quotes: quotes, pounds: pounds) { break }
            if byte() == UInt8(ascii: "\\") && isPounds(pounds, ahead: 1) {
                let isInterpolation = byte(ahead: 1 + pounds) == UInt8(ascii: "(")
                advance(2 + pounds)
                if isInterpolation {
                    readCode(untilParenthesis: true)
                    advance()
                }
                text.append(UInt8(ascii: "_"))
            } else {
                text.append(byte())
                advance()
            }
        }
        advance(quotes + pounds)
        let isSpaced = opening == 0 || bytes[opening - 1] <= 32
        tokens.insert(
            Token(
                kind: .string,
                text: String(decoding: text, as: UTF8.self),
                line: startLine,
                isSpaced: isSpaced
            ),
            at: place
        )
    }

    private func isClosingQuote(quotes: Int, pounds: Int) -> Bool {
        for index in 0..<quotes where byte(ahead: index) != UInt8(ascii: "\"") { return false }
        return isPounds(pounds, ahead: quotes)
    }
}
