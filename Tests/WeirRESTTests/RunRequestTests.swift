import Testing
import WeirREST

/// How a job is started.
@Suite("Runs of artifacts")
struct RunRequestTests {
    private func run(_ query: String, _ body: String = "") async throws -> (HTTPAnswer, [String]) {
        let running = try await RunningServer()
        let answer = try await running.post("/jars/f7a7_job.bin/run\(query)", body)
        await running.server.stop()
        return (answer, running.cluster.told)
    }

    private let full = RunRequest(
        entry: "main",
        arguments: ["--rate", "20 00"],
        parallelism: 4,
        jobID: "0123456789abcdef0123456789abcdef",
        allowsUnmatchedState: true,
        savepointLocation: "file:/s",
        claimMode: .noClaim,
        configuration: ["a": "b"]
    )

    @Test("all fields of the body reach the cluster, and the job gets the client's id")
    func body() async throws {
        let (answer, told) = try await run(
            "?parallelism=9",
            #"{"entryClass":"main","programArgsList":["--rate","20 00"],"parallelism":4,"#
                + #""jobId":"0123456789ABCDEF0123456789abcdef","allowNonRestoredState":true,"#
                + #""savepointPath":"file:/s","claimMode":"NO_CLAIM","flinkConfiguration":{"a":"b"}}"#
        )
        #expect(told == ["run f7a7_job.bin \(full)"])
        #expect(answer.json["jobid"] == .text("0123456789abcdef0123456789abcdef"))
    }

    @Test("fields may stand in the query, in older clients' words too")
    func query() async throws {
        let (_, told) = try await run(
            "?entry-class=main&program-args=--rate+%2220%2000%22&parallelism=4"
                + "&jobId=0123456789abcdef0123456789abcdef&allowNonRestoredState=true"
                + "&savepointPath=file%3A%2Fs&restoreMode=NO_CLAIM",
            #"{"flinkConfiguration":{"a":"b"}}"#
        )
        #expect(told == ["run f7a7_job.bin \(full)"])
    }

    @Test(
        "a field that cannot be is refused by name",
        arguments: [
            ("", #"{"jobId":"x"}"#, "field `jobId`"),
            ("", #"{"parallelism":0}"#, "field `parallelism`"),
            ("", #"{"parallelism":1.5}"#, "field `parallelism`"),
            ("", #"{"programArgsList":["a",2]}"#, "field `programArgsList[1]`"),
            ("", #"{"flinkConfiguration":{"a":1}}"#, "field `flinkConfiguration.a`"),
        ]
    )
    func refused(_ query: String, _ body: String, _ position: String) async throws {
        let (answer, told) = try await run(query, body)
        #expect(answer.status == 400)
        #expect(answer.json["errors"][1].text?.contains(position) == true, "\(answer.text)")
        #expect(told == [])
    }

    @Test(
        "a parameter of the query that cannot be is refused by name",
        arguments: [
            ("parallelism", "many"), ("parallelism", "0"), ("claimMode", "X"), ("jobId", "7"),
            ("allowNonRestoredState", "maybe"),
        ]
    )
    func refusedQuery(_ name: String, _ value: String) async throws {
        let (answer, _) = try await run("?\(name)=\(value)")
        #expect(answer.status == 400)
        #expect(answer.error.contains("query parameter (\(name)) from value \"\(value)\""))
    }

    @Test("the words of a line are split at blanks outside of quotation marks")
    func words() {
        #expect(RunBody.words(#"--a  'b c' "d'e" f"g "#) == ["--a", "b c", "d'e", #"f"g"#])
        #expect(RunBody.words("") == [])
        #expect(RunBody.words("''") == [""])
    }
}
