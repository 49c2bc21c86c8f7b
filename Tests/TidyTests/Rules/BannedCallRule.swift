/// Time, chance, threads, files and output come through `World`; some constructs are not used at all.
struct BannedCallRule: Rule {
    let name = "banned-call"

    /// A sequence of tokens that may not appear, and what to write instead.
    struct Ban: Sendable {
        let tokens: [String]
        let instead: String
        /// Targets (folders of `Sources` or `Tests`) where it is allowed.
        let allowed: Set<String>
        /// Whether tests may use it.
        let isAllowedInTests: Bool

        init(
            _ tokens: String,
            _ instead: String,
            allowed: Set<String> = [],
            inTests: Bool = false
        ) {
            self.tokens = tokens.split(separator: " ").map(String.init)
            self.instead = instead
            self.allowed = allowed
            isAllowedInTests = inTests
        }
    }

    static let bans: [Ban] = [
        Ban("Date ( )", "World.clock.wallMilliseconds()"),
        Ban("ContinuousClock", "World.clock.monotonicNanoseconds()"),
        Ban("SuspendingClock", "World.clock.monotonicNanoseconds()"),
        Ban("clock_gettime", "World.clock", allowed: ["WeirSystem"]),
        Ban(". random (", "World.random, or a SplitMix64 with a seed"),
        Ban(". randomElement (", "World.random, or a SplitMix64 with a seed"),
        Ban(". shuffled ( )", "shuffled(using:) with a seeded SplitMix64"),
        Ban("SystemRandomNumberGenerator", "World.random", allowed: ["WeirSystem"]),
        Ban("Task . sleep", "a timer of the task, or World.clock with a deadline"),
        Ban("usleep", "a parker with a deadline"),
        Ban("Thread . ", "World.threads"),
        Ban("Thread (", "World.threads"),
        Ban("DispatchQueue", "World.threads"),
        Ban("FileManager", "World.files", allowed: ["TidyTests"]),
        Ban(
            "print (",
            "World.processes.write(_:to:)",
            allowed: ["WeirCommand", "Examples"],
            inTests: true
        ),
        Ban("debugPrint (", "World.processes.write(_:to:)"),
        Ban("dump (", "World.processes.write(_:to:)"),
        Ban(
            "import Foundation",
            "the standard library and World",
            allowed: ["WeirCommand", "TidyTests"]
        ),
        Ban("import Glibc", "World", allowed: ["WeirSystem"]),
        Ban("import Dispatch", "World.threads"),
        Ban("import XCTest", "import Testing"),
        Ban("@ testable", "the public interface: tests run in release, as users do"),
        Ban("try !", "try, and an error that says what to do"),
        Ban("fatalError ( )", "a sentence that says which rule was broken"),
        Ban("preconditionFailure ( )", "a sentence that says which rule was broken"),
        Ban("hashValue", "a fixed hash: Swift's is seeded anew in each process"),
        Ban("Hasher (", "a fixed hash: Swift's is seeded anew in each process"),
    ]

    func violations(in repository: Repository) -> [Violation] {
        repository.files.filter { $0.isSwift && isEngine($0.path) }.flatMap(violations)
    }

    private func isEngine(_ path: String) -> Bool {
        path.hasPrefix("Sources/") || path.hasPrefix("Tests/")
    }

    private func violations(_ file: SourceFile) -> [Violation] {
        let bans = Dictionary(
            grouping: Self.bans.filter {
                !$0.allowed.contains(file.target) && !($0.isAllowedInTests && file.isTest)
            },
            by: { $0.tokens[0] }
        )
        var found: [Violation] = []
        for (index, token) in file.tokens.enumerated() where token.kind != .string {
            for ban in bans[token.text] ?? []
            where matches(ban, at: index, in: file.tokens)
                && !isGivenGenerator(at: index, in: file.tokens)
            {
                found.append(
                    Violation(
                        subject: file.path,
                        line: token.line,
                        message: "`\(ban.tokens.joined())` is not used here; use \(ban.instead)."
                    )
                )
            }
            if let message = vagueStop(at: index, in: file.tokens) {
                found.append(Violation(subject: file.path, line: token.line, message: message))
            }
        }
        return found
    }

    private func matches(_ ban: Ban, at index: Int, in tokens: [Token]) -> Bool {
        guard index + ban.tokens.count <= tokens.count else { return false }
        for (offset, text) in ban.tokens.enumerated()
        where tokens[index + offset].text != text || tokens[index + offset].kind == .string {
            return false
        }
        // `try !isFull()` is a negation.
        if ban.tokens.last == "!" && tokens[index + 1].isSpaced { return false }
        // A method or a declaration of the same name is something else.
        let before = index > 0 ? tokens[index - 1].text : ""
        return !["func", "case"].contains(before) && (before != "." || ban.tokens.count == 1)
    }

    /// Whether the call says `using:`, as in `Int.random(in: 0..<9, using: &seeded)`.
    private func isGivenGenerator(at index: Int, in tokens: [Token]) -> Bool {
        guard let open = tokens[index...].prefix(3).firstIndex(where: { $0.text == "(" }) else {
            return false
        }
        var depth = 0
        for token in tokens[open...] where token.kind != .string {
            if token.text == "(" { depth += 1 }
            if token.text == ")" { depth -= 1 }
            if depth == 0 { return false }
            if depth == 1 && token.text == "using" { return true }
        }
        return false
    }

    /// What is wrong with a `fatalError("x")` that is not a sentence.
    private func vagueStop(at index: Int, in tokens: [Token]) -> String? {
        guard ["fatalError", "preconditionFailure"].contains(tokens[index].text),
            index + 2 < tokens.count, tokens[index + 1].text == "(",
            tokens[index + 2].kind == .string, !tokens[index + 2].text.contains(" ")
        else { return nil }
        return "`\(tokens[index].text)` needs a sentence that says which rule was broken."
    }
}
