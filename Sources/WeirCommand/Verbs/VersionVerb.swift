import ArgumentParser
import WeirCore

/// `weir version`.
struct VersionVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Prints the version.",
        discussion: "weir version --output json"
    )

    @OptionGroup var options: OutputOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        try console.print(
            Document(facts: [("version", .text(Version.current))]),
            as: options.output
        )
        return 0
    }
}

/// The version of this program.
enum Version {
    /// As in the changelog.
    static let current = "0.1.0"
}
