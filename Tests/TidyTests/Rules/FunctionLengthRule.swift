/// A function fits a screen: at most 70 lines.
struct FunctionLengthRule: Rule {
    let name = "function-length"
    private let limit = 70

    func violations(in repository: Repository) -> [Violation] {
        repository.files.filter(\.isSwift).flatMap { file in
            Self.functions(in: file.tokens).filter { $0.length > limit }.map {
                Violation(
                    subject: "\(file.path):\($0.name)",
                    line: $0.line,
                    message: "\($0.length) lines; let one function decide and helpers compute "
                        + "(limit \(limit))."
                )
            }
        }
    }

    /// Name, first line and number of lines of each function that has a body.
    static func functions(in tokens: [Token]) -> [(name: String, line: Int, length: Int)] {
        var found: [(name: String, line: Int, length: Int)] = []
        for index in tokens.indices {
            guard let name = functionName(at: index, in: tokens),
                let open = bodyStart(after: index, in: tokens)
            else { continue }
            let close = closingBrace(of: open, in: tokens)
            let length = tokens[close].line - tokens[index].line + 1
            found.append((name, tokens[index].line, length))
        }
        return found
    }

    private static func functionName(at index: Int, in tokens: [Token]) -> String? {
        let token = tokens[index]
        guard token.kind == .word, index + 1 < tokens.count else { return nil }
        if index > 0 && tokens[index - 1].text == "." { return nil }
        switch token.text {
        case "func": return tokens[index + 1].text
        case "deinit" where tokens[index + 1].text == "{": return "deinit"
        case "init", "subscript":
            return ["(", "<", "?"].contains(tokens[index + 1].text) ? token.text : nil
        default: return nil
        }
    }

    /// The brace that opens the body; nil for a requirement of a protocol.
    private static func bodyStart(after index: Int, in tokens: [Token]) -> Int? {
        let stops: Set<String> = ["func", "var", "let", "init", "case", "subscript", "typealias"]
        var depth = 0
        for place in tokens.indices[(index + 1)...] {
            switch tokens[place].text {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "{" where depth == 0: return place
            case "}" where depth == 0: return nil
            case let word where depth == 0 && tokens[place].kind == .word && stops.contains(word):
                return nil
            default: break
            }
            if depth < 0 { return nil }
        }
        return nil
    }

    private static func closingBrace(of open: Int, in tokens: [Token]) -> Int {
        var depth = 0
        for place in tokens.indices[open...] where tokens[place].kind == .mark {
            if tokens[place].text == "{" { depth += 1 }
            if tokens[place].text == "}" {
                depth -= 1
                if depth == 0 { return place }
            }
        }
        return tokens.count - 1
    }
}
