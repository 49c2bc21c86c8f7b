import WeirCore
import WeirSystem

/// The programs that were built beside the tests.
enum Products {
    /// The path of a program.
    static func path(_ name: String) -> String {
        let tests = RealWorld().processes.absolutePath(CommandLine.arguments.first ?? "")
        let directory = tests.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        return (directory + [Substring(name)]).joined(separator: "/")
    }
}
