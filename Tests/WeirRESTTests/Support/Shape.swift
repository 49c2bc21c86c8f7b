import WeirCore
import WeirSystem

/// What of a recorded answer of Flink a client can rely on; `Golden/derive_shapes.py` says how the
/// files are made.
struct Shape {
    /// What may stand at a path.
    struct Rule {
        let kinds: Set<Substring>
        let isOptional: Bool
    }

    private(set) var status = 0
    private(set) var rules: [String: Rule] = [:]

    /// The shape of this name.
    static func golden(_ name: String, _ source: String = #filePath) throws -> Shape {
        let folder = source.split(separator: "/").dropLast(1).joined(separator: "/")
        let path = "/\(folder)/Golden/\(name).shape"
        return Shape(String(decoding: try RealWorld().files.readAll(path), as: UTF8.self))
    }

    init(_ text: String) {
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            if words[0] == "status" {
                status = Int(words[1]) ?? 0
            } else {
                let isOptional = words[0].hasSuffix("?")
                let path = words[0] == "." ? "" : String(words[0].filter { $0 != "?" })
                rules[path] = Rule(
                    kinds: Set(words[1].split(separator: "|")),
                    isOptional: isOptional
                )
            }
        }
    }

    /// In what an answer differs, a sentence each.
    ///
    /// Arrays and maps whose elements Flink showed may not be empty, else nothing would be compared,
    /// unless their path is among `mayBeEmpty`.
    func differences(of answer: JSONTree, mayBeEmpty: Set<String> = []) -> [String] {
        var found: [String] = []
        compare(answer, at: "", mayBeEmpty, &found)
        return found
    }

    private func compare(
        _ value: JSONTree,
        at path: String,
        _ mayBeEmpty: Set<String>,
        _ found: inout [String]
    ) {
        guard let rule = rules[path] else {
            found.append("\(path) is extra")
            return
        }
        if !isAllowed(value, by: rule) {
            found.append("\(path) is \(value), not \(rule.kinds.sorted().joined(separator: "|"))")
            return
        }
        switch value {
        case .array(let elements):
            if elements.isEmpty && rules[path + "[]"] != nil && !mayBeEmpty.contains(path) {
                found.append("\(path) is empty")
            }
            for element in elements { compare(element, at: path + "[]", mayBeEmpty, &found) }
        case .object(let fields):
            compareFields(fields, at: path, mayBeEmpty, &found)
        default: break
        }
    }

    private func compareFields(
        _ fields: [String: JSONTree],
        at path: String,
        _ mayBeEmpty: Set<String>,
        _ found: inout [String]
    ) {
        let isMap = rules[path + "{}"] != nil
        if isMap && fields.isEmpty && !mayBeEmpty.contains(path) {
            found.append("\(path) is empty")
        }
        for (name, inner) in fields.sorted(by: { $0.key < $1.key }) {
            compare(inner, at: isMap ? path + "{}" : "\(path).\(name)", mayBeEmpty, &found)
        }
        for (known, rule) in rules.sorted(by: { $0.key < $1.key })
        where known.hasPrefix(path + ".") && !rule.isOptional {
            let rest = known.dropFirst(path.count + 1)
            let isOwnField = !rest.contains(".") && !rest.contains("[") && !rest.contains("{")
            if isOwnField && fields[String(rest)] == nil { found.append("\(known) is missing") }
        }
    }

    private func isAllowed(_ value: JSONTree, by rule: Rule) -> Bool {
        switch value {
        case .null: rule.kinds.contains("null")
        case .boolean: rule.kinds.contains("boolean")
        case .integer: rule.kinds.contains("integer") || rule.kinds.contains("number")
        case .number: rule.kinds.contains("number")
        case .text(let text):
            rule.kinds.contains("text") || (text == "NaN" && rule.kinds.contains("number"))
        case .array: rule.kinds.contains("array")
        case .object: rule.kinds.contains("object")
        case .garbage: false
        }
    }
}
