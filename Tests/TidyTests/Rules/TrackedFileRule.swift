/// Version control holds sources, not what is made from them.
struct TrackedFileRule: Rule {
    let name = "tracked-file"

    private let folders: Set<String> = [".build", "DerivedData", ".swiftpm", "__pycache__"]
    private let endings = [
        ".o", ".a", ".so", ".swiftmodule", ".profraw", ".profdata", ".pyc", ".orig", ".rej", ".log",
    ]
    private let names: Set<String> = ["Package.resolved", "core", "perf.data", ".DS_Store"]

    func violations(in repository: Repository) -> [Violation] {
        (repository.trackedPaths ?? []).filter(isMade).map {
            Violation(
                subject: $0,
                line: 0,
                message: "made by a tool: `git rm --cached` it and ignore it."
            )
        }
    }

    private func isMade(_ path: String) -> Bool {
        let parts = path.split(separator: "/").map(String.init)
        guard let file = parts.last else { return false }
        return parts.dropLast().contains { folders.contains($0) || $0.hasPrefix(".build") }
            || names.contains(file) || endings.contains(where: file.hasSuffix)
    }
}
