/// Constructs that the compiler cannot check stand only in the files of `unsafe-allowed.txt`, and
/// each group of uses says in a `SAFETY:` comment why it holds.
struct UnsafeListRule: Rule {
    let name = "unsafe-list"
    static let listPath = "Tests/TidyTests/unsafe-allowed.txt"

    /// How many lines above a declaration its `SAFETY:` comment may begin.
    private let reach = 12
    /// Each of these wants its own reason.
    private let promises: Set<String> = ["unchecked", "unsafe", "Unmanaged", "unsafeBitCast"]
    /// One reason for the file will do for these.
    private let pointers: Set<String> = [
        "UnsafeMutablePointer", "UnsafePointer", "UnsafeMutableRawPointer", "UnsafeRawPointer",
        "OpaquePointer", "unsafelyUnwrapped", "unsafeDowncast",
    ]

    func violations(in repository: Repository) -> [Violation] {
        let list = repository.list(Self.listPath)
        let allowed = Set(list.map(\.entry))
        var users: Set<String> = []
        var found: [Violation] = []
        for file in repository.files where file.isSwift && !file.path.hasPrefix("benchmarks/") {
            let uses = uses(in: file)
            guard let first = uses.first else { continue }
            users.insert(file.path)
            if !allowed.contains(file.path) {
                found.append(
                    Violation(
                        subject: file.path,
                        line: first.line,
                        message: "`\(first.text)` is unsafe: use a safe construct, or add the file "
                            + "to \(Self.listPath) with SAFETY comments."
                    )
                )
            } else {
                found += missingReasons(uses, in: file)
            }
        }
        for (line, entry) in list where !users.contains(entry) {
            found.append(
                Violation(
                    subject: Self.listPath,
                    line: line,
                    message: "\(entry) has nothing unsafe in it: remove the line."
                )
            )
        }
        return found
    }

    private func uses(in file: SourceFile) -> [Token] {
        file.tokens.enumerated().filter { index, token in
            guard token.kind == .word else { return false }
            let before = index > 0 ? file.tokens[index - 1].text : ""
            switch token.text {
            case "unchecked": return before == "@"
            case "unsafe":
                return before == "(" && index > 1 && file.tokens[index - 2].text == "nonisolated"
            default: return promises.contains(token.text) || pointers.contains(token.text)
            }
        }.map(\.element)
    }

    private func missingReasons(_ uses: [Token], in file: SourceFile) -> [Violation] {
        let reasons = file.comments.filter { $0.text.contains("SAFETY:") }.map(\.line)
        guard !reasons.isEmpty else {
            return [
                Violation(
                    subject: file.path,
                    line: uses[0].line,
                    message: "say in a `// SAFETY:` comment why the unsafe code holds."
                )
            ]
        }
        return uses.filter { use in
            promises.contains(use.text)
                && !reasons.contains { $0 <= use.line + 2 && $0 >= use.line - reach }
        }.map {
            Violation(
                subject: file.path,
                line: $0.line,
                message: "`\($0.text)` needs a `// SAFETY:` comment right beside it."
            )
        }
    }
}
