extension Document {
    /// Facts one a line, then the list in aligned columns.
    func table() -> String {
        var lines: [String] = []
        let width = facts.map(\.0.count).max() ?? 0
        for (name, cell) in facts { lines.append(padded(name, width) + "  " + cell.plain) }
        if !facts.isEmpty, !columns.isEmpty { lines.append("") }
        if !columns.isEmpty { lines += list() }
        return lines.map { trimmed($0) + "\n" }.joined()
    }

    private func list() -> [String] {
        let widths = columns.indices.map { column in
            rows.reduce(columns[column].count) { max($0, $1[column].plain.count) }
        }
        func line(_ texts: [String], _ isNumber: (Int) -> Bool) -> String {
            texts.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - texts[column].count)
                return isNumber(column) ? space + texts[column] : texts[column] + space
            }.joined(separator: "  ")
        }
        let numbers = columns.indices.map { column in
            rows.contains { $0[column].isNumber }
        }
        return [line(columns) { numbers[$0] }]
            + rows.map { row in line(row.map(\.plain)) { row[$0].isNumber } }
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func trimmed(_ line: String) -> Substring {
        var line = line[...]
        while line.last == " " { line.removeLast() }
        return line
    }
}
