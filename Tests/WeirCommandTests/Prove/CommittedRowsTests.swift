import Testing
import WeirCommand
import WeirCore
import WeirSimulation

@Suite("The rows that a job has committed")
struct CommittedRowsTests {
    private func disk(_ contents: [(path: String, text: String)]) throws -> any FileSystem {
        let files = SimulatedWorld(seed: 1).files
        for (path, text) in contents {
            let directory = path.split(separator: "/").dropLast().joined(separator: "/")
            try files.makeDirectory("/" + directory)
            try files.replaceAll(path, with: Array(text.utf8))
        }
        return files
    }

    private func rows(_ lines: [String]) -> CommittedRows {
        CommittedRows(lines.map { ("", $0) })
    }

    @Test("are the lines of visible files, whatever these are called, by directory")
    func reading() throws {
        let files = try disk([
            ("/out/a/part-0.csv", "1\n2\n"), ("/out/a/part-1.csv", "2\n"), ("/out/b/x", "2\n"),
            ("/out/a/.part-2.csv", "3\n"), ("/out/a/_SUCCESS", "4\n"), ("/out/c/deep/y", "5\n"),
        ])
        let found = try CommittedRows(in: "/out", hasHeaders: false, files: files)
        let expected = CommittedRows([
            ("a", "1"), ("a", "2"), ("a", "2"), ("b", "2"), ("c/deep", "5"),
        ])
        #expect(found == expected)
        #expect(found.count == 5)
    }

    @Test("do not count headers, if files have some; there are none where there is no directory")
    func headers() throws {
        let files = try disk([("/out/1", "key,count\n1,2\n"), ("/out/2", "key,count\n")])
        let found = try CommittedRows(in: "/out", hasHeaders: true, files: files)
        #expect(found == CommittedRows([("", "1,2")]))
        #expect(try CommittedRows(in: "/nowhere", hasHeaders: true, files: files).count == 0)
    }

    @Test("tell what is missing, there too often, and not expected at all")
    func differences() {
        let expected = rows(["a", "b", "b", "c"])
        #expect(rows(["b", "c", "a", "b"]).difference(from: expected).isNone)
        let difference = rows(["a", "a", "b", "x", "x"]).difference(from: expected)
        #expect(difference.missing == 2)
        #expect(difference.duplicate == 1)
        #expect(difference.extra == 2)
        #expect(difference.examples.first == "2 instead of 1 times: \ta")
        #expect(rows([]).difference(from: expected).missing == 4)
    }

    @Test("have a hash that their order does not change, and everything else does")
    func digest() {
        let digest = rows(["a", "b", "b"]).digest
        #expect(digest == rows(["b", "a", "b"]).digest)
        #expect(digest.count == 64)
        for other in [["a", "b"], ["a", "b", "b", "b"], ["a", "b", "c"]] {
            #expect(rows(other).digest != digest, "\(other)")
        }
        #expect(CommittedRows([("x", "a")]).digest != CommittedRows([("", "a")]).digest)
    }
}
