/// How clients take answers apart: what is not there, or is something else, is nil.
extension JSONNode {
    /// A field of an object.
    package subscript(field: String) -> JSONNode? {
        guard case .object(let fields) = value, let node = fields[field] else { return nil }
        if case .null = node.value { return nil }
        return node
    }

    /// The elements of an array; none of anything else.
    package var elements: [JSONNode] {
        if case .array(let elements) = value { elements } else { [] }
    }

    /// The fields of an object, sorted by name; none of anything else.
    package var fields: [(name: String, node: JSONNode)] {
        guard case .object(let fields) = value else { return [] }
        return fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// A text.
    package var text: String? {
        if case .text(let text) = value { text } else { nil }
    }

    /// A whole number.
    package var integer: Int64? {
        if case .number(let digits) = value { Int64(digits) } else { nil }
    }

    /// True or false.
    package var boolean: Bool? {
        if case .boolean(let value) = value { value } else { nil }
    }
}
