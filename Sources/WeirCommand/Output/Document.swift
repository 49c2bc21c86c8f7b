import Weir

/// Data that a verb prints: facts, a list, or both.
struct Document {
    /// One value.
    enum Cell: Equatable {
        case text(String)
        case integer(Int64)
        /// A measured number, with so many digits behind the point.
        case decimal(Double, digits: Int)
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
        case .decimal(let number, let digits): Self.text(number, digits)
        case .boolean(let value): value ? "yes" : "no"
        case .none: ""
        }
    }

    /// Whether it stands at the right of its column.
    var isNumber: Bool {
        switch self {
        case .integer, .decimal: true
        case .text, .boolean, .none: false
        }
    }

    private static func text(_ number: Double, _ digits: Int) -> String {
        let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
        guard number.isFinite, abs(number) * scale < 1e18 else { return "\(number)" }
        let whole = Int64((abs(number) * scale).rounded())
        let sign = number < 0 && whole > 0 ? "-" : ""
        let (head, tail) = whole.quotientAndRemainder(dividingBy: Int64(scale))
        guard digits > 0 else { return "\(sign)\(head)" }
        let text = String(tail)
        return "\(sign)\(head)." + String(repeating: "0", count: digits - text.count) + text
    }

    /// Nanoseconds as milliseconds; nothing for none.
    static func milliseconds(_ nanoseconds: Int64?) -> Document.Cell {
        nanoseconds.map { .decimal(Double($0) / 1e6, digits: 3) } ?? .none
    }
}
