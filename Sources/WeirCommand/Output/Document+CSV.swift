extension Document {
    /// The list with a header; without a list the facts as one row.
    ///
    /// RFC 4180.
    func csv() -> String {
        guard columns.isEmpty else { return ([columns] + rows.map(values)).map(line).joined() }
        return line(facts.map(\.0)) + line(values(facts.map(\.1)))
    }

    private func values(_ cells: [Cell]) -> [String] {
        cells.map { cell in
            if case .boolean(let value) = cell { return value ? "true" : "false" }
            return cell.plain
        }
    }

    private func line(_ fields: [String]) -> String {
        fields.map { field in
            let special = field.contains { $0 == "," || $0 == "\"" || $0.isNewline }
            guard special else { return field }
            return "\""
                + field.split(separator: "\"", omittingEmptySubsequences: false)
                .joined(separator: "\"\"") + "\""
        }.joined(separator: ",") + "\r\n"
    }
}
