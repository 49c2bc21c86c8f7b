import Foundation

/// The files that rules read; tests of the rules make small ones in memory.
struct Repository: Sendable {
    let files: [SourceFile]
    /// Every path there is, also of files that are not text; folders too.
    let paths: Set<String>
    /// Paths under version control; nil if that is not known here.
    let trackedPaths: [String]?

    /// Wraps files made by a test.
    init(_ files: [SourceFile], trackedPaths: [String]? = nil) {
        self.files = files
        self.trackedPaths = trackedPaths
        var paths: Set<String> = []
        for file in files {
            var path = Substring(file.path)
            paths.insert(String(path))
            while let slash = path.lastIndex(of: "/") {
                path = path[..<slash]
                paths.insert(String(path))
            }
        }
        self.paths = paths
    }

    /// The repository that these tests were built from.
    static let current = Repository(
        root: URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
    )

    /// The file at a path.
    func file(_ path: String) -> SourceFile? { files.first { $0.path == path } }

    /// The entries of a list file: one a line, without empty lines and `#` comments.
    func list(_ path: String) -> [(line: Int, entry: String)] {
        guard let file = file(path) else { return [] }
        return file.lines.enumerated().compactMap { index, line in
            let entry = line.trimmingCharacters(in: .whitespaces)
            return entry.isEmpty || entry.hasPrefix("#") ? nil : (index + 1, entry)
        }
    }

    private init(root: URL) {
        var files: [SourceFile] = []
        var paths: Set<String> = []
        Self.walk(root, "", &files, &paths)
        self.files = files.sorted { $0.path < $1.path }
        self.paths = paths
        trackedPaths = Self.readTrackedPaths(root)
    }

    private static func walk(
        _ root: URL,
        _ folder: String,
        _ files: inout [SourceFile],
        _ paths: inout Set<String>
    ) {
        let entries =
            (try? FileManager.default.contentsOfDirectory(
                at: root.appending(path: folder),
                includingPropertiesForKeys: [.isDirectoryKey]
            ))
            ?? []
        for entry in entries {
            let name = entry.lastPathComponent
            if name == ".git" || name.hasPrefix(".build") || name == "Package.resolved" { continue }
            let path = folder.isEmpty ? name : folder + "/" + name
            paths.insert(path)
            if (try? entry.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true {
                walk(root, path, &files, &paths)
            } else if isText(path), let text = try? String(contentsOf: entry, encoding: .utf8) {
                files.append(SourceFile(path, text))
            }
        }
    }

    /// Files whose text the rules read: code, scripts, documents and lists; not data or fixtures.
    static func isText(_ path: String) -> Bool {
        if path.hasPrefix("Tests/Fixtures/") || path.contains("/Corpus/") { return false }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let endings = [".swift", ".c", ".h", ".md", ".txt", ".sh", ".yml", ".yaml", ".modulemap"]
        if endings.contains(where: name.hasSuffix) { return true }
        return path.hasPrefix("deploy/") && !name.contains(".") || path == ".ci/run"
    }

    private static func readTrackedPaths(_ root: URL) -> [String]? {
        let git = Process()
        git.executableURL = URL(filePath: "/usr/bin/env")
        git.arguments = ["git", "-C", root.path(percentEncoded: false), "ls-files", "-z"]
        let output = Pipe()
        git.standardOutput = output
        git.standardError = FileHandle.nullDevice
        guard (try? git.run()) != nil else { return nil }
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        git.waitUntilExit()
        guard git.terminationStatus == 0 else { return nil }
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}
