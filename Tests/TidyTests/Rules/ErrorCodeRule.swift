/// Each entry of the error catalogue is provoked by a test, and ids are unique.
struct ErrorCodeRule: Rule {
    let name = "error-code"
    static let cataloguePath = "Sources/WeirCore/Errors/ErrorCode+Catalogue.swift"
    static let listPath = "Tests/TidyTests/unprovoked-codes.txt"

    func violations(in repository: Repository) -> [Violation] {
        let codes = Self.codes(in: repository)
        let mentioned = mentionedInTests(repository)
        let excused = Set(repository.list(Self.listPath).map(\.entry))
        var found: [Violation] = []
        var ids: Set<String> = []
        for code in codes {
            if !ids.insert(code.id).inserted {
                found.append(
                    Violation(
                        subject: Self.cataloguePath,
                        line: code.line,
                        message: "\(code.id) is given twice; an id never changes its meaning."
                    )
                )
            }
            if !mentioned.contains(code.name) && !excused.contains(code.name) {
                found.append(
                    Violation(
                        subject: Self.cataloguePath,
                        line: code.line,
                        message: "no test provokes `\(code.name)`: write one."
                    )
                )
            }
        }
        let names = Set(codes.map(\.name))
        for (line, entry) in repository.list(Self.listPath)
        where mentioned.contains(entry) || !names.contains(entry) {
            found.append(
                Violation(
                    subject: Self.listPath,
                    line: line,
                    message: "\(entry) is provoked by a test or gone: remove the line."
                )
            )
        }
        return found
    }

    /// The catalogue: `static let name = ErrorCode("WR-…", …)`.
    static func codes(in repository: Repository) -> [(name: String, id: String, line: Int)] {
        guard let tokens = repository.file(cataloguePath)?.tokens else { return [] }
        return tokens.indices.compactMap { index in
            guard index >= 2, index + 2 < tokens.count, tokens[index].text == "ErrorCode",
                tokens[index - 1].text == "=", tokens[index + 2].kind == .string
            else { return nil }
            return (tokens[index - 2].text, tokens[index + 2].text, tokens[index].line)
        }
    }

    private func mentionedInTests(_ repository: Repository) -> Set<String> {
        var words: Set<String> = []
        for file in repository.files where file.isTest && file.target != "TidyTests" {
            let tokens = file.tokens
            for index in tokens.indices.dropFirst() where tokens[index - 1].text == "." {
                // A call such as `processes.usage()` names a function, not a code.
                let isCall = index + 1 < tokens.count && tokens[index + 1].text == "("
                if !isCall { words.insert(tokens[index].text) }
            }
        }
        return words
    }
}
