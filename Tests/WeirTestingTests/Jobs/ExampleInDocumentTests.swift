import Testing
import Weir
import WeirSystem

@Suite("The document about testing")
struct ExampleInDocumentTests {
    @Test("shows an example that compiles and passes")
    func exampleIsTheTest() throws {
        let files = RealWorld().files
        let directory = files.directory(of: #filePath)
        let root = files.directory(of: files.directory(of: files.directory(of: directory)))
        let test = String(
            decoding: try files.readAll(directory + "/ExampleTests.swift"),
            as: UTF8.self
        )
        let document = String(
            decoding: try files.readAll(root + "/docs/testing.md"),
            as: UTF8.self
        )
        let example = try #require(part(of: test, from: "// <example>\n", to: "// </example>"))
        #expect(part(of: document, from: "```swift\n", to: "```") == example)
    }

    private func part(of text: String, from start: String, to end: String) -> String? {
        guard let first = text.firstRange(of: start) else { return nil }
        let rest = text[first.upperBound...]
        guard let last = rest.firstRange(of: end) else { return nil }
        return String(rest[..<last.lowerBound])
    }
}
