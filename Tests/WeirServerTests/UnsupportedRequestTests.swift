import Testing
import WeirCore
import WeirREST
import WeirServer

@Suite("What Flink's API asks and Weir does not do")
struct UnsupportedRequestTests {
    @Test("an entry class is refused by its name, an empty one is none")
    func entry() throws {
        try RunRequest(entry: "").checkIsSupported()
        let error = #expect(throws: WeirError.self) {
            try RunRequest(entry: "com.example.Main").checkIsSupported()
        }
        #expect(error?.code == .requestInvalid)
        #expect(error?.message.contains("com.example.Main") == true)
    }

    @Test(
        "a snapshot stays its maker's",
        arguments: [
            (RunRequest.ClaimMode?.none, true), (.noClaim, true), (.legacy, true), (.claim, false),
        ]
    )
    func claim(_ mode: RunRequest.ClaimMode?, _ isSupported: Bool) throws {
        let request = RunRequest(savepointLocation: "/snapshots/chk-1", claimMode: mode)
        if isSupported { return try request.checkIsSupported() }
        let error = #expect(throws: WeirError.self) { try request.checkIsSupported() }
        #expect(error?.code == .requestInvalid)
        #expect(error?.message.contains("CLAIM") == true)
    }

    @Test(
        "a checkpoint is never a full one",
        arguments: [
            (CheckpointRequest.Kind.configured, true), (.incremental, true), (.full, false),
        ]
    )
    func checkpoint(_ kind: CheckpointRequest.Kind, _ isSupported: Bool) throws {
        let request = CheckpointRequest(operationID: "1", kind: kind)
        if isSupported { return try request.checkIsSupported() }
        let error = #expect(throws: WeirError.self) { try request.checkIsSupported() }
        #expect(error?.code == .requestInvalid)
        #expect(error?.message.contains("FULL") == true)
    }
}
