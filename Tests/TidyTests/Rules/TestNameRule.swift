/// The name of a test is the sentence that it shows to be true.
struct TestNameRule: Rule {
    let name = "test-name"

    func violations(in repository: Repository) -> [Violation] {
        repository.files.filter { $0.isSwift && $0.isTest }.flatMap { file in
            file.tokens.indices.compactMap { index in
                problem(at: index, in: file.tokens).map {
                    Violation(subject: file.path, line: file.tokens[index].line, message: $0)
                }
            }
        }
    }

    private func problem(at index: Int, in tokens: [Token]) -> String? {
        guard tokens[index].text == "@", index + 1 < tokens.count, tokens[index + 1].text == "Test"
        else { return nil }
        guard index + 3 < tokens.count, tokens[index + 2].text == "(",
            tokens[index + 3].kind == .string
        else { return "write the sentence that the test shows: @Test(\"…\")." }
        let sentence = tokens[index + 3].text
        guard sentence.split(separator: " ").count >= 3 else {
            return "\"\(sentence)\" is not a sentence that can be true or false."
        }
        return nil
    }
}
