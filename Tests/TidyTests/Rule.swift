/// A house rule that can be checked by reading the repository.
protocol Rule: Sendable {
    /// The name used in `exceptions.txt`.
    var name: String { get }
    /// Everything in the repository that breaks it.
    func violations(in repository: Repository) -> [Violation]
}

/// One place that breaks a rule.
struct Violation: Equatable, Sendable, CustomStringConvertible {
    /// What an exception would name: a path, or `path:function`.
    let subject: String
    /// Line from 1; 0 if the file as a whole is meant.
    let line: Int
    /// What is wrong and what to do instead.
    let message: String

    var description: String {
        line > 0 ? "\(subject):\(line): \(message)" : "\(subject): \(message)"
    }
}
