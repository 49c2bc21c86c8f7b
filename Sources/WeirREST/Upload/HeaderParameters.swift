/// A header's value with its parameters, as in `form-data; name="jarfile"; filename="job"`.
package struct HeaderParameters {
    /// What stands before the first semicolon.
    package let value: String
    /// The parameters, by lower-case name; the first counts.
    package let parameters: [String: String]

    /// Reads a header; what is malformed is passed over.
    package init(_ text: String) {
        let pieces = Self.split(text)
        value = Self.trimmed(pieces.first ?? "")
        var found: [String: String] = [:]
        for piece in pieces.dropFirst() {
            guard let equals = piece.firstIndex(of: "=") else { continue }
            let name = Self.trimmed(piece[..<equals]).lowercased()
            let raw = Self.trimmed(piece[piece.index(after: equals)...])
            if found[name] == nil { found[name] = Self.unquoted(raw) }
        }
        parameters = found
    }

    /// Splits at semicolons that stand outside of quotation marks.
    private static func split(_ text: String) -> [Substring] {
        var isQuoted = false
        var isEscaped = false
        return text.split(omittingEmptySubsequences: false) { character in
            if isEscaped {
                isEscaped = false
                return false
            }
            if character == "\\" && isQuoted { isEscaped = true }
            if character == "\"" { isQuoted.toggle() }
            return character == ";" && !isQuoted
        }
    }

    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        var result = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            if character == "\\" && !isEscaped {
                isEscaped = true
            } else {
                result.append(character)
                isEscaped = false
            }
        }
        return result
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var rest = text[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
