import Testing
import WeirCore
import WeirSystem

/// A small slice of the campaign: decoders and ports meet what no honest peer sends.
@Suite("Hostile bytes")
struct FuzzSliceTests {
    /// Becomes the fuzzer, which lies beside the tests.
    private static func run(_ arguments: [String]) throws -> Never {
        let tests = CommandLine.arguments.first ?? ""
        let folders = tests.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let processes = RealWorld().processes
        try processes.replaceSelf(
            with: (folders + ["WeirFuzz"]).joined(separator: "/"),
            arguments: arguments
        )
        processes.exit(2)
    }

    @Test("are refused or decoded, in bounded memory, by every decoder")
    func decoders() async throws {
        let result = await #expect(
            processExitsWith: .success,
            observing: [\.standardOutputContent, \.standardErrorContent]
        ) {
            try Self.run(["--seed", "1", "--inputs", "6400"])
        }
        let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
        let errors = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        let clean = output.split(separator: "\n").filter { $0.contains(" 0 wrong") }
        #expect(clean.count >= 30, "\(output)\(errors)")
    }

    @Test("on the ports of a job manager and a data plane end there, in bounded memory")
    func ports() async throws {
        let result = await #expect(
            processExitsWith: .success,
            observing: [\.standardOutputContent, \.standardErrorContent]
        ) {
            try Self.run(["--ports", "1000", "--seed", "1"])
        }
        let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
        let errors = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains("2 of 2 honest task managers welcome"), "\(output)\(errors)")
    }
}
