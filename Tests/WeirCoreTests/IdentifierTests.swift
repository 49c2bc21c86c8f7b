import Testing
import WeirCore

@Suite("Identifiers")
struct IdentifierTests {
    @Test("an operator id is the FNV-1a hash of its path, as 16 digits")
    func operatorID() {
        #expect(OperatorID(path: "").description == "cbf29ce484222325")
        #expect(OperatorID(path: "a").description == "af63dc4c8601ec8c")
        #expect(OperatorID(path: "foobar").description == "85944171f73967e8")
        #expect(OperatorID(hash: 1).description == "0000000000000001")
    }

    @Test("a job's id is 32 hexadecimal digits and nothing else")
    func jobID() {
        let digits = "0123456789abcdef0123456789ABCDEF"
        #expect(JobID(digits)?.description == digits.lowercased())
        for other in [
            "", "0123", "+123456789abcdef0123456789abcdef", "0123456789abcdef-123456789abcdef",
            "0123456789abcdefg123456789abcdef", "0123456789abcdef0123456789abcde\u{301}",
        ] { #expect(JobID(other) == nil, "\(other)") }
    }

    @Test("subtasks and checkpoints are written as people count")
    func descriptions() {
        #expect(Subtask(index: 1, parallelism: 4).description == "2/4")
        #expect(CheckpointID.none.next.description == "1")
        #expect(CheckpointID(1) < CheckpointID(2))
    }
}
