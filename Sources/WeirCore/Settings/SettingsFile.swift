/// Reads `weir.yaml`: one `key: value` a line.
///
/// That is YAML without nesting: full keys, plain or quoted scalars, comments. Anything else is
/// refused, with its place, because a setting that is not understood must not be ignored.
public enum SettingsFile {
    /// One line of the file.
    public struct Entry: Sendable, Equatable {
        /// The key as written.
        public let key: String
        /// The value without quotes.
        public let value: String
        /// `file:line:column` of the key.
        public let position: String
    }

    /// The entries of a file's text; `path` is for messages.
    ///
    /// - Throws: `badValue` for nesting, lists, a missing value, or a key that repeats.
    public static func parse(_ text: String, path: String) throws(WeirError) -> [Entry] {
        var entries: [Entry] = []
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let content = trimmed(line)
            if content.isEmpty || content.first == "#" || content == "---" { continue }
            let indent = line.prefix { $0 == " " || $0 == "\t" }.count
            let position = "\(path):\(index + 1):\(indent + 1)"
            let entry = try entry(content, isIndented: indent > 0, position: position)
            if let earlier = entries.first(where: { $0.key == entry.key }) {
                throw WeirError(
                    .badValue,
                    "\(entry.key) is set twice.",
                    position: position,
                    reason: "It was set before at \(earlier.position).",
                    fix: "Remove one of the two lines."
                )
            }
            entries.append(entry)
        }
        return entries
    }

    private static func entry(
        _ content: Substring,
        isIndented: Bool,
        position: String
    ) throws(WeirError) -> Entry {
        guard !isIndented, content.first != "-", let colon = content.firstIndex(of: ":") else {
            throw notFlat("'\(content)' is not a line of the form key: value.", position)
        }
        let key = String(trimmed(content[..<colon]))
        let rest = content[content.index(after: colon)...]
        let value = scalar(trimmed(rest))
        guard !value.isEmpty || rest.contains("\""), rest.first.map({ $0 == " " }) ?? false else {
            throw notFlat("\(key) has no value on its line.", position)
        }
        return Entry(key: key, value: value, position: position)
    }

    /// The value of a plain or quoted scalar, without its comment.
    private static func scalar(_ text: Substring) -> String {
        if let quote = text.first, quote == "\"" || quote == "'" {
            let body = text.dropFirst()
            return String(body.prefix { $0 != quote })
        }
        var end = text.endIndex
        var previous: Character = " "
        for index in text.indices {
            if text[index] == "#", previous == " " || previous == "\t" {
                end = index
                break
            }
            previous = text[index]
        }
        return String(trimmed(text[..<end]))
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text.drop { $0 == " " || $0 == "\t" }
    }

    private static func notFlat(_ message: String, _ position: String) -> WeirError {
        WeirError(
            .badValue,
            message,
            position: position,
            reason: "The file holds one full key and its value a line; nesting is not read.",
            fix: "Write, for example, execution.checkpointing.interval: 1s"
        )
    }
}
