extension Document {
    /// An object of facts (with the list as one of them), or an array of objects.
    func json() -> String {
        let items = rows.map { object(Array(zip(columns, $0))) }
        guard !facts.isEmpty else { return array(items, indent: "") }
        var fields = facts.map { (key($0.0), value($0.1)) }
        if !columns.isEmpty { fields.append((key(listName), array(items, indent: "  "))) }
        let lines = fields.map { "  \(quoted($0.0)): \($0.1)" }
        return "{\n" + lines.joined(separator: ",\n") + "\n}"
    }

    private func array(_ items: [String], indent: String) -> String {
        guard !items.isEmpty else { return "[]" }
        return "[\n" + items.map { indent + "  " + $0 }.joined(separator: ",\n") + "\n\(indent)]"
    }

    private func object(_ fields: [(String, Cell)]) -> String {
        let parts = fields.map { quoted(key($0.0)) + ": " + value($0.1) }
        return "{" + parts.joined(separator: ", ") + "}"
    }

    private func value(_ cell: Cell) -> String {
        switch cell {
        case .text(let text): quoted(text)
        case .integer(let number): String(number)
        case .decimal(let number, _): number.isFinite ? cell.plain : "null"
        case .boolean(let value): value ? "true" : "false"
        case .none: "null"
        }
    }

    /// `job id` is called `jobId` in JSON.
    private func key(_ name: String) -> String {
        let words = name.split(separator: " ")
        let rest = words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }
        return ([String(words.first ?? "")] + rest).joined()
    }

    /// A string literal, RFC 8259.
    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
