import WeirCore

/// The fields of a request's body.
///
/// Null counts as left out, and fields that nobody asks for are passed over, as with Flink. What is
/// wrong is thrown as `requestInvalid` with the field and its line and column.
package struct BodyFields: Sendable {
    /// Flink's name of the body, for messages.
    private let name: String
    private let bytes: [UInt8]
    private let fields: [String: JSONNode]
    /// Where this object lies in the body: empty, or a field with a dot behind it.
    private let path: String

    /// The fields of a body; an empty one has none.
    package init(_ bytes: [UInt8], named name: String) throws(WeirError) {
        self.name = name
        self.bytes = bytes
        path = ""
        if bytes.isEmpty {
            fields = [:]
            return
        }
        let node: JSONNode
        do throws(JSONSyntaxError) {
            node = try JSONReader.read(bytes)
        } catch {
            let place = Self.place(error.offset, in: bytes)
            throw Self.mismatch(name, position: place, reason: error.reason)
        }
        guard case .object(let fields) = node.value else {
            throw Self.mismatch(
                name,
                position: Self.place(node.offset, in: bytes),
                reason: "it is \(node.described), not an object."
            )
        }
        self.fields = fields
    }

    private init(_ parent: BodyFields, _ fields: [String: JSONNode], at field: String) {
        name = parent.name
        bytes = parent.bytes
        self.fields = fields
        path = parent.path + field + "."
    }

    // MARK: Fields

    /// The names of all fields, sorted.
    package var names: [String] { fields.keys.sorted() }

    /// A text; nil if it is left out.
    package func text(_ field: String) throws(WeirError) -> String? {
        guard let node = node(field) else { return nil }
        return try text(of: node, field)
    }

    /// A truth value; nil if it is left out.
    package func boolean(_ field: String) throws(WeirError) -> Bool? {
        guard let node = node(field) else { return nil }
        guard case .boolean(let value) = node.value else {
            throw wrong(field, node, "true or false")
        }
        return value
    }

    /// An integer; nil if it is left out.
    package func integer(_ field: String) throws(WeirError) -> Int? {
        guard let node = node(field) else { return nil }
        guard case .number(let digits) = node.value, let value = Int(digits) else {
            throw wrong(field, node, "an integer")
        }
        return value
    }

    /// One of some words; nil if it is left out.
    func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ field: String,
        of type: Choice.Type
    ) throws(WeirError) -> Choice? {
        guard let node = node(field) else { return nil }
        guard case .text(let word) = node.value, let value = Choice(rawValue: word) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw wrong(field, node, "one of \(words)")
        }
        return value
    }

    /// An id of 32 hexadecimal digits; nil if it is left out.
    package func identifier(_ field: String) throws(WeirError) -> String? {
        guard let node = node(field) else { return nil }
        guard case .text(let id) = node.value, Call.isIdentifier(id) else {
            throw wrong(field, node, "32 hexadecimal digits")
        }
        return id.lowercased()
    }

    /// An array of texts; nil if it is left out.
    package func texts(_ field: String) throws(WeirError) -> [String]? {
        guard let node = node(field) else { return nil }
        guard case .array(let elements) = node.value else { throw wrong(field, node, "an array") }
        var texts: [String] = []
        for (index, element) in elements.enumerated() {
            texts.append(try text(of: element, "\(field)[\(index)]"))
        }
        return texts
    }

    /// An object of texts; nil if it is left out.
    package func textMap(_ field: String) throws(WeirError) -> [String: String]? {
        guard let object = try object(field) else { return nil }
        var texts: [String: String] = [:]
        for name in object.names { texts[name] = try object.text(name) }
        return texts
    }

    /// An object; nil if it is left out.
    package func object(_ field: String) throws(WeirError) -> BodyFields? {
        guard let node = node(field) else { return nil }
        guard case .object(let inner) = node.value else { throw wrong(field, node, "an object") }
        return BodyFields(self, inner, at: field)
    }

    // MARK: What is wrong

    /// The error of a field that must be there and is not.
    package func missing(_ field: String) -> WeirError {
        Self.mismatch(name, position: "field `\(path)\(field)`", reason: "it is left out.")
    }

    /// The error of a field whose value cannot be.
    package func wrong(_ field: String, expected: String) -> WeirError {
        guard let node = node(field) else { return missing(field) }
        return wrong(field, node, expected)
    }

    private func node(_ field: String) -> JSONNode? {
        guard let node = fields[field] else { return nil }
        if case .null = node.value { return nil }
        return node
    }

    private func text(of node: JSONNode, _ field: String) throws(WeirError) -> String {
        guard case .text(let text) = node.value else { throw wrong(field, node, "a text") }
        return text
    }

    private func wrong(_ field: String, _ node: JSONNode, _ expected: String) -> WeirError {
        Self.mismatch(
            name,
            position: "field `\(path)\(field)`, \(Self.place(node.offset, in: bytes))",
            reason: "it is \(node.described), not \(expected)."
        )
    }

    private static func mismatch(_ name: String, position: String, reason: String) -> WeirError {
        WeirError(
            .requestInvalid,
            "Request did not match expected format \(name).",
            position: position,
            reason: reason
        )
    }

    /// Line and column, both from 1, the column in bytes.
    private static func place(_ offset: Int, in bytes: [UInt8]) -> String {
        let before = bytes.prefix(offset)
        let line = before.count { $0 == 10 } + 1
        let column = before.reversed().prefix { $0 != 10 }.count + 1
        return "line \(line), column \(column)"
    }
}
