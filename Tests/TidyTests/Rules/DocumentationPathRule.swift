/// A path that a document names exists.
struct DocumentationPathRule: Rule {
    let name = "documentation-path"
    private let roots = ["Sources/", "Tests/", "docs/", "deploy/", "benchmarks/", ".ci/"]

    func violations(in repository: Repository) -> [Violation] {
        repository.files.filter { $0.path.hasSuffix(".md") }.flatMap { file in
            file.lines.enumerated().flatMap { index, line in
                Self.mentions(in: line).compactMap { mention in
                    missing(mention, in: file, repository).map {
                        Violation(subject: file.path, line: index + 1, message: $0)
                    }
                }
            }
        }
    }

    /// What stands between back-ticks, and the targets of links.
    static func mentions(in line: Substring) -> [Substring] {
        let code = line.split(separator: "`", omittingEmptySubsequences: false)
        var found = code.indices.filter { $0 % 2 == 1 && $0 < code.count - 1 }.map { code[$0] }
        for part in line.split(separator: "](").dropFirst() {
            found.append(part.prefix { $0 != ")" && $0 != "#" })
        }
        return found
    }

    private func missing(
        _ mention: Substring,
        in file: SourceFile,
        _ repository: Repository
    ) -> String? {
        // The first word: `deploy/quickstart -- --speed 3` names a path and arguments.
        var path = String(mention.prefix { $0 != " " && $0 != ":" })
        guard !path.contains("*"), !path.contains("<"), !path.contains("NNNN") else { return nil }
        while path.hasPrefix("./") { path.removeFirst(2) }
        while path.hasSuffix("/") { path.removeLast() }
        let isModuleFile = path.hasPrefix("Weir") && path.contains("/") && path.hasSuffix(".swift")
        let isRooted = roots.contains { path.hasPrefix($0) }
        let isLink = mention.hasSuffix(".md") && !path.contains("/")
        if isModuleFile { path = "Sources/" + path }
        if isLink, let slash = file.path.lastIndex(of: "/") {
            let beside = file.path[...slash] + path
            if repository.paths.contains(String(beside)) { return nil }
        }
        guard isModuleFile || isRooted || isLink, !repository.paths.contains(path) else {
            return nil
        }
        return "`\(path)` does not exist."
    }
}
