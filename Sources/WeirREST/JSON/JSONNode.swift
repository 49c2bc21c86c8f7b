/// A JSON value on its way in, with its place in the text.
package struct JSONNode: Sendable {
    /// What it is.
    ///
    /// Numbers stay as they were written, so that none loses digits.
    package indirect enum Value: Sendable {
        case null
        case boolean(Bool)
        case number(String)
        case text(String)
        case array([JSONNode])
        case object([String: JSONNode])
    }

    package let value: Value
    /// Bytes of the text before it.
    let offset: Int

    /// What it is, with its article.
    var described: String {
        switch value {
        case .null: "null"
        case .boolean: "a truth value"
        case .number(let digits): "the number \(digits)"
        case .text: "a text"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// Why and where a text is no JSON.
package struct JSONSyntaxError: Error {
    let reason: String
    /// Bytes of the text before it.
    let offset: Int
}
