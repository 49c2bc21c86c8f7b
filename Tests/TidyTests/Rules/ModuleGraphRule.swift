/// The module graph in `Package.swift` is the one drawn in `docs/architecture.md`, it points
/// downwards only, and the sources import nothing else.
struct ModuleGraphRule: Rule {
    let name = "module-graph"
    static let manifestPath = "Package.swift"
    static let documentPath = "docs/architecture.md"

    /// Modules that may not name others, whatever the table says.
    private let walls: [String: Set<String>] = [
        "WeirJobManager": ["WeirState", "WeirOperators", "WeirRocksDB", "WeirRuntime"],
        "WeirRuntime": ["WeirConnectors", "WeirSystem"],
    ]

    func violations(in repository: Repository) -> [Violation] {
        guard let manifest = repository.file(Self.manifestPath) else { return [] }
        let graph = Self.graph(in: manifest)
        return directionProblems(graph) + documentProblems(graph, repository)
            + importProblems(graph, repository)
    }

    /// A module of the table, what it imports, and its line.
    typealias Node = (name: String, imports: [String], line: Int)

    /// Reads the table `let modules … = [("Name", ["Import", …]), …]`.
    static func graph(in manifest: SourceFile) -> [Node] {
        let tokens = manifest.tokens
        guard
            let start = tokens.indices.first(where: {
                tokens[$0].text == "modules" && $0 > 0 && tokens[$0 - 1].text == "let"
            }), let open = tokens[start...].firstIndex(where: { $0.text == "=" })
        else { return [] }
        var nodes: [Node] = []
        var brackets = 0
        for index in (open + 1)..<tokens.count {
            switch tokens[index].text {
            case "[": brackets += 1
            case "]":
                brackets -= 1
                if brackets == 0 { return nodes }
            default: break
            }
            guard tokens[index].kind == .string else { continue }
            let before = tokens[index - 1].text
            if brackets == 1 {
                nodes.append((tokens[index].text, [], tokens[index].line))
            } else if before == "[" || before == ",", !nodes.isEmpty {
                nodes[nodes.count - 1].imports.append(tokens[index].text)
            }
        }
        return nodes
    }

    private func directionProblems(_ graph: [Node]) -> [Violation] {
        var found: [Violation] = []
        var below: Set<String> = []
        for node in graph {
            for name in node.imports where isOurs(name, graph) && !below.contains(name) {
                found.append(
                    at(node.line, "\(node.name) imports \(name), which is not below it.")
                )
            }
            for name in node.imports where walls[node.name]?.contains(name) == true {
                found.append(
                    at(node.line, "\(node.name) must be able to live without \(name).")
                )
            }
            below.insert(node.name)
        }
        return found
    }

    private func isOurs(_ name: String, _ graph: [Node]) -> Bool {
        graph.contains { $0.name == name }
    }

    private func at(_ line: Int, _ message: String) -> Violation {
        Violation(subject: Self.manifestPath, line: line, message: message)
    }

    /// Reads the rows `| layer | `Module` | what | imports |` of the document.
    static func documentedGraph(in document: SourceFile) -> [String: (Set<String>, line: Int)] {
        var found: [String: (Set<String>, line: Int)] = [:]
        for (index, line) in document.lines.enumerated() where line.hasPrefix("|") {
            let cells = line.split(separator: "|").map { cell in
                cell.split(separator: "`", omittingEmptySubsequences: false)
            }
            guard cells.count == 4, cells[1].count == 3 else { continue }
            let names = cells[3].indices.filter { $0 % 2 == 1 }.map { String(cells[3][$0]) }
            found[String(cells[1][1])] = (Set(names), index + 1)
        }
        return found
    }

    private func documentProblems(_ graph: [Node], _ repository: Repository) -> [Violation] {
        guard let document = repository.file(Self.documentPath) else {
            return [Violation(subject: Self.documentPath, line: 0, message: "is missing.")]
        }
        let documented = Self.documentedGraph(in: document)
        var found: [Violation] = []
        for node in graph {
            guard let (names, line) = documented[node.name] else {
                found.append(at(node.line, "\(node.name) has no row in \(Self.documentPath)."))
                continue
            }
            let imports = Set(node.imports)
            if names != imports {
                let missing = imports.subtracting(names).sorted().joined(separator: ", ")
                let extra = names.subtracting(imports).sorted().joined(separator: ", ")
                found.append(
                    Violation(
                        subject: Self.documentPath,
                        line: line,
                        message: "\(node.name) differs from Package.swift: missing [\(missing)], "
                            + "too many [\(extra)]."
                    )
                )
            }
        }
        for (name, row) in documented.sorted(by: { $0.key < $1.key })
        where !isOurs(name, graph) && name.hasPrefix("Weir") && name != "WeirCommand" {
            found.append(
                Violation(
                    subject: Self.documentPath,
                    line: row.line,
                    message: "\(name) is not in Package.swift."
                )
            )
        }
        return found
    }

    private func importProblems(_ graph: [Node], _ repository: Repository) -> [Violation] {
        let imports = Dictionary(uniqueKeysWithValues: graph.map { ($0.name, Set($0.imports)) })
        var found: [Violation] = []
        for file in repository.files where file.isSwift && file.path.hasPrefix("Sources/") {
            guard let allowed = imports[file.target] else { continue }
            for index in file.tokens.indices.dropLast()
            where file.tokens[index].text == "import" && file.tokens[index].kind == .word {
                let name = file.tokens[index + 1].text
                let isOverC = name.first == "C" && name.dropFirst().first?.isUppercase == true
                let isInternal = name.hasPrefix("Weir") || isOverC
                if isInternal && !allowed.contains(name) {
                    found.append(
                        Violation(
                            subject: file.path,
                            line: file.tokens[index].line,
                            message: "\(file.target) may not import \(name); the graph stands in "
                                + "\(Self.manifestPath)."
                        )
                    )
                }
            }
        }
        return found
    }
}
