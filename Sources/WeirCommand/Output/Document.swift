import Weir

/// Data that a verb prints: facts, a list, or both.
struct Document {
    /// One value.
    enum Cell: Equatable {
        case text(String)
        case integer(Int64)
        case boolean(Bool)
        case none
    }

    /// Named values.
    var facts: [(String, Cell)] = []
    /// What the list is called beside facts.
    var listName = ""
    /// The list's columns; empty: no list.
    var columns: [String] = []
    /// The list's rows, as long as `columns`.
    var rows: [[Cell]] = []

    /// The document as text, with a newline at its end.
    func text(_ format: OutputFormat) -> String {
        switch format {
        case .table: table()
        case .json: json() + "\n"
        case .csv: csv()
        }
    }
}

extension Document.Cell {
    /// As a person reads it; nothing for no value.
    var plain: String {
        switch self {
        case .text(let text): text
        case .integer(let number): String(number)
        case .boolean(let value): value ? "yes" : "no"
        case .none: ""
        }
    }

    /// Whether it stands at the right of its column.
    var isNumber: Bool { if case .integer = self { true } else { false } }
}
