import WeirData
import WeirREST

/// Values of a server's answer as cells.
extension Document.Cell {
    /// A time in milliseconds since the epoch; nothing for none.
    static func time(_ node: JSONNode?) -> Document.Cell {
        guard let milliseconds = node?.integer, milliseconds >= 0 else { return .none }
        return .text(TemporalText.text(milliseconds: milliseconds))
    }

    /// A number; nothing for none.
    static func number(_ node: JSONNode?) -> Document.Cell {
        node?.integer.map { .integer($0) } ?? .none
    }

    /// A text; nothing for none.
    static func text(_ node: JSONNode?) -> Document.Cell {
        node?.text.map { .text($0) } ?? .none
    }
}
