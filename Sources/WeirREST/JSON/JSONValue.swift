/// A JSON value on its way out.
///
/// Numbers are either integers, which stay integers, or decimal; a decimal that is not
/// finite becomes a text, as in Flink's answers.
package indirect enum JSONValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case decimal(Double)
    case text(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// An integer of another width.
    package static func count(_ number: some BinaryInteger) -> JSONValue { .integer(Int64(number)) }

    /// A text, or null.
    package static func optional(_ text: String?) -> JSONValue { text.map(JSONValue.text) ?? .null }

    /// An object of texts.
    package static func texts(_ texts: [String: String]) -> JSONValue {
        .object(texts.mapValues { .text($0) })
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
    ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(uniqueKeysWithValues: elements))
    }

    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    package init(stringLiteral value: String) { self = .text(value) }

    package init(integerLiteral value: Int64) { self = .integer(value) }

    package init(booleanLiteral value: Bool) { self = .boolean(value) }
}

extension JSONValue: Encodable {
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .boolean(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .decimal(let value) where value.isNaN: try container.encode("NaN")
        case .decimal(let value) where value.isInfinite:
            try container.encode(value > 0 ? "Infinity" : "-Infinity")
        case .decimal(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .array(let values): try container.encode(values)
        case .object(let values): try container.encode(values)
        }
    }
}
