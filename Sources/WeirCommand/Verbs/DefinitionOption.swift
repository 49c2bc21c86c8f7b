import ArgumentParser
import WeirCore

/// The option `-D key=value`: settings of a job.
struct DefinitionOption: ParsableArguments {
    @Option(
        name: .customShort("D", allowingJoined: true),
        help: ArgumentHelp(
            "A setting of the job; see `weir config`. May be repeated.",
            valueName: "key=value"
        )
    )
    var definitions: [String] = []

    /// Keys and values, in their order.
    ///
    /// - Throws: `usage` with the one that is neither.
    func pairs() throws(WeirError) -> [(key: String, value: String)] {
        var pairs: [(key: String, value: String)] = []
        for (number, text) in definitions.enumerated() {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw WeirError(
                    .usage,
                    "-D takes key=value, not \"\(text)\".",
                    position: "the \(number + 1). -D",
                    fix: "Write, for example, -D execution.checkpointing.interval=1s."
                )
            }
            pairs.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
        }
        return pairs
    }
}
