import Testing
import WeirCore
import WeirSystem

@Suite("The limit of open files")
struct OpenFilesTests {
    @Test("weir raises it to the hard limit, for the job that it becomes, too")
    func raised() async throws {
        let result = await #expect(
            processExitsWith: .success,
            observing: [\.standardOutputContent]
        ) {
            let script = """
                ulimit -S -n 256
                cd "$(mktemp -d)"
                echo '#!/bin/sh' > job
                echo 'echo "[soft $(ulimit -S -n) hard $(ulimit -H -n)]"' >> job
                chmod +x job
                echo "[before $(ulimit -S -n)]"
                "$0" run ./job
                rm -r "$PWD"
                """
            try RealWorld().processes.replaceSelf(
                with: "/bin/sh",
                arguments: ["-c", script, Products.path("weir")]
            )
        }
        let text = String(decoding: try #require(result?.standardOutputContent), as: UTF8.self)
        #expect(text.contains("[before 256]"), "\(text)")
        let parts = text.split(separator: "[")
        let told = try #require(parts.last { $0.hasPrefix("soft ") }, "\(text)")
        let words = told.split { $0 == " " || $0 == "]" }
        #expect(words[1] == words[3], "\(text)")
    }
}
