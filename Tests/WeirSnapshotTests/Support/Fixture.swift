import WeirCore
import WeirSystem

/// A committed file under Tests/Fixtures, which later versions must read for ever.
enum Fixture {
    private static let world = RealWorld()

    /// The path of a fixture.
    static func path(_ name: String, _ source: String = #filePath) -> String {
        let tests = source.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(tests)/Fixtures/\(name)"
    }

    /// Its bytes.
    static func bytes(_ name: String) throws(WeirError) -> [UInt8] {
        try world.files.readAll(path(name))
    }

    /// Writes it anew, if the environment says `TEST_REWRITE=1`.
    static func rewrite(_ name: String, _ bytes: [UInt8]) throws(WeirError) {
        guard world.processes.environment("TEST_REWRITE") == "1" else { return }
        try world.files.replaceAll(path(name), with: bytes)
    }
}
