/// Texts are clean: no notes to self, control characters, trailing blanks or paths of one machine.
struct TextRule: Rule {
    let name = "text"

    // Written in pieces, so that this file does not break its own rule.
    private let notes = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]
    private let machinePaths = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/Us" + "ers/"]

    func violations(in repository: Repository) -> [Violation] {
        repository.files.flatMap { file in
            var found = file.lines.enumerated().compactMap { index, line in
                problem(line, in: file).map {
                    Violation(subject: file.path, line: index + 1, message: $0)
                }
            }
            if !file.text.isEmpty && file.text.utf8.last != UInt8(ascii: "\n") {
                found.append(
                    Violation(
                        subject: file.path,
                        line: file.lines.count,
                        message: "the last line does not end."
                    )
                )
            }
            return found
        }
    }

    private func problem(_ line: Substring, in file: SourceFile) -> String? {
        var last: UInt8 = 0
        for byte in line.utf8 {
            if byte < 32 || byte == 127 {
                return "control character \(byte); use spaces or \\u{...}."
            }
            last = byte
        }
        if last == UInt8(ascii: " ") { return "blank at the end of the line." }
        for note in notes where hasWord(note, in: line) {
            return "`\(note)`: do it, or write it down where work is planned."
        }
        for path in machinePaths where line.contains(path) {
            return "`\(path)` is a place on one machine."
        }
        return nil
    }

    private func hasWord(_ word: String, in line: Substring) -> Bool {
        guard line.utf8.count >= word.utf8.count, line.contains(word) else { return false }
        return line.split { !$0.isLetter && !$0.isNumber }.contains { $0 == word }
    }
}
