import FoundationEssentials

/// JSON as it was sent, with integers apart from other numbers.
indirect enum JSONTree: Equatable, Decodable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    case array([JSONTree])
    case object([String: JSONTree])
    /// Not JSON.
    case garbage

    init(_ bytes: [UInt8]) {
        self = (try? JSONDecoder().decode(JSONTree.self, from: Data(bytes))) ?? .garbage
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONTree].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONTree].self))
        }
    }

    /// A field; null if there is none.
    subscript(field: String) -> JSONTree {
        if case .object(let fields) = self { return fields[field] ?? .null }
        return .null
    }

    /// An element; null if there is none.
    subscript(index: Int) -> JSONTree {
        if case .array(let elements) = self, elements.indices.contains(index) {
            return elements[index]
        }
        return .null
    }

    var text: String? {
        if case .text(let text) = self { return text }
        return nil
    }

    var count: Int {
        switch self {
        case .array(let elements): elements.count
        case .object(let fields): fields.count
        default: 0
        }
    }

    var keys: [String] {
        if case .object(let fields) = self { return fields.keys.sorted() }
        return []
    }
}
