/// A text file of the repository, with its tokens if it is Swift.
struct SourceFile: Sendable {
    /// Path from the root of the repository.
    let path: String
    let text: String
    let lines: [Substring]
    /// Code and strings, without comments; empty if it is not Swift.
    let tokens: [Token]
    /// Comments only.
    let comments: [Token]

    init(_ path: String, _ text: String) {
        self.path = path
        self.text = text
        // By bytes: Swift counts a carriage return and its line feed as one character.
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { Substring($0) }
        if lines.last?.isEmpty == true { lines.removeLast() }
        self.lines = lines
        let all = path.hasSuffix(".swift") ? Lexer.tokens(of: text) : []
        tokens = all.filter { $0.kind != .comment }
        comments = all.filter { $0.kind == .comment }
    }

    /// Whether it is Swift.
    var isSwift: Bool { path.hasSuffix(".swift") }

    /// The folder under `Sources` or `Tests` it belongs to, its target; empty elsewhere.
    var target: String {
        let parts = path.split(separator: "/")
        guard parts.count > 2, parts[0] == "Sources" || parts[0] == "Tests" else { return "" }
        return parts[1] == "Examples" ? "Examples" : String(parts[1])
    }

    /// Whether it belongs to a test target.
    var isTest: Bool { path.hasPrefix("Tests/") }
}
