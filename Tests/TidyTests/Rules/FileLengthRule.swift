/// A source file holds one concept: at most 500 lines.
///
/// `swift format` sees to lines of 100 characters in code; comments and scripts get a little more.
struct FileLengthRule: Rule {
    let name = "file-length"
    private let lineLimit = 500
    private let characterLimit = 110

    func violations(in repository: Repository) -> [Violation] {
        repository.files.filter { isCode($0.path) }.flatMap(violations)
    }

    private func isCode(_ path: String) -> Bool {
        !path.hasSuffix(".md") && !path.hasSuffix(".txt")
    }

    private func violations(_ file: SourceFile) -> [Violation] {
        var found: [Violation] = []
        if file.lines.count > lineLimit {
            found.append(
                Violation(
                    subject: file.path,
                    line: 0,
                    message: "\(file.lines.count) lines; split it by concept (limit \(lineLimit))."
                )
            )
        }
        for (index, line) in file.lines.enumerated()
        where line.utf8.count > characterLimit && line.count > characterLimit {
            if line.contains("https://") { continue }
            found.append(
                Violation(
                    subject: file.path,
                    line: index + 1,
                    message: "\(line.count) characters (limit \(characterLimit))."
                )
            )
        }
        return found
    }
}
