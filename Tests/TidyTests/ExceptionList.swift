/// The lines of `exceptions.txt`: `rule subject reason`, one a line.
///
/// An exception that no violation needs any more is itself a violation, so that the list shrinks.
struct ExceptionList: Sendable {
    static let path = "Tests/TidyTests/exceptions.txt"

    private let entries: [(line: Int, rule: String, subject: String, hasReason: Bool)]

    init(_ repository: Repository) {
        entries = repository.list(Self.path).map { line, entry in
            let parts = entry.split(separator: " ", maxSplits: 2).map(String.init)
            return (
                line, parts[0], parts.count > 1 ? parts[1] : "",
                parts.count > 2 && parts[2].contains(" ")
            )
        }
    }

    /// What is left of a rule's violations, and the exceptions that are wrong.
    func apply(to violations: [Violation], of rule: String) -> [Violation] {
        var needed: Set<String> = []
        var left: [Violation] = []
        for violation in violations {
            if entries.contains(where: { $0.rule == rule && $0.subject == violation.subject }) {
                needed.insert(violation.subject)
            } else {
                left.append(violation)
            }
        }
        for entry in entries where entry.rule == rule {
            if !needed.contains(entry.subject) {
                left.append(
                    Violation(
                        subject: Self.path,
                        line: entry.line,
                        message: "\(entry.subject) needs no exception any more: remove the line."
                    )
                )
            } else if !entry.hasReason {
                left.append(
                    Violation(
                        subject: Self.path,
                        line: entry.line,
                        message: "give the reason for \(entry.subject) in a few words."
                    )
                )
            }
        }
        return left
    }

    /// Lines that name a rule that does not exist.
    func unknownRules(known: [String]) -> [Violation] {
        entries.filter { !known.contains($0.rule) }.map {
            Violation(subject: Self.path, line: $0.line, message: "there is no rule \($0.rule).")
        }
    }
}
