import Foundation

/// Measures a benchmark in a process of its own: what one leaves in the heap, the page tables or
/// threads that still run does not weigh on the next.
enum ChildProcess {
    /// Runs `bench figures NAME` and returns what it printed.
    static func figures(of name: String, _ context: BenchmarkContext) throws -> [Figure] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments =
            [
                "figures", name, "--runs", "\(context.runs)", "--directory", context.directory,
                "--seed", "\(context.seed)",
            ] + (context.isQuick ? ["--quick"] : [])
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchmarkFailure("\(name) failed with status \(process.terminationStatus).")
        }
        return try JSONDecoder().decode([Figure].self, from: text)
    }
}
