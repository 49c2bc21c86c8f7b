import Testing
import WeirCore

@Suite("Errors")
struct WeirErrorTests {
    @Test("a full error has four lines, in the order what, where, why, fix")
    func full() {
        let error = WeirError(
            .fileMissing,
            "opening departures.csv failed",
            position: "job.sql:7:3",
            reason: "No such file or directory",
            fix: "Check the path."
        )
        #expect(
            error.description == """
                WR-FILE-002 opening departures.csv failed
                  where: job.sql:7:3
                  why:   No such file or directory
                  fix:   Check the path.
                """
        )
        #expect(error.kind == .fixEnvironment)
    }

    @Test("empty parts are left out; the kind may be overruled")
    func short() {
        let error = WeirError(.fileFailed, "reading a failed", kind: .retry)
        #expect(error.description == "WR-FILE-001 reading a failed")
        #expect(error.kind == .retry)
    }
}
