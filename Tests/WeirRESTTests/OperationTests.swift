import Testing
import WeirCore
import WeirREST

/// Operations that are polled.
@Suite("Operations")
struct OperationTests {
    private static let job = "/jobs/\(FixedJob.id)"
    private static let chosen = "0123456789abcdef0123456789abcdef"

    @Test("an id that the client chose starts one operation, however often it is sent")
    func idempotent() async throws {
        let running = try await RunningServer()
        let body = #"{"triggerId":"\#(Self.chosen)","drain":false}"#
        for _ in 0..<3 {
            let answer = try await running.post(Self.job + "/stop", body)
            #expect(answer.json["request-id"] == .text(Self.chosen))
        }
        let answer = try await running.polled("\(Self.job)/savepoints/\(Self.chosen)")
        #expect(answer.json["operation"]["location"] == .text("file:/stopped"))
        #expect(running.cluster.told == ["stop - false CANONICAL"])
        await running.server.stop()
    }

    @Test(
        "a failure is told in the field that Flink has for it",
        arguments: [("/savepoints", "failure-cause"), ("/checkpoints", "failureCause")]
    )
    func failed(_ path: String, _ field: String) async throws {
        let error = WeirError(.checkpointFailed, "Two tasks did not answer.", fix: "wait.")
        let running = try await RunningServer(cluster: FixedCluster(failure: error))
        let id = try await running.post(Self.job + path).json["request-id"].text ?? ""
        let operation = try await running.polled("\(Self.job)\(path)/\(id)").json["operation"]
        #expect(
            operation
                == .object([
                    field: .object([
                        "class": .text("WR-CKPT-004"),
                        "stack-trace": .text(error.description),
                        "serialized-throwable": .text(""),
                    ])
                ])
        )
        await running.server.stop()
    }

    @Test("an operation of another job is not found")
    func otherJob() async throws {
        let running = try await RunningServer()
        let id = try await running.post(Self.job + "/savepoints").json["request-id"].text ?? ""
        let other = "/jobs/00000000000000000000000000000001/savepoints/\(id)"
        let answer = try await running.get(other)
        #expect(answer.status == 404)
        #expect(answer.error.hasPrefix("There is no savepoint operation with triggerId=\(id)"))
        await running.server.stop()
    }

    @Test("an operation that an earlier server started is asked for at the cluster")
    func earlier() async throws {
        let running = try await RunningServer()
        let older = String(repeating: "d", count: 32)
        let answer = try await running.get("\(Self.job)/savepoints/\(older)")
        #expect(answer.json["operation"]["location"] == .text("file:/older"))
        await running.server.stop()
    }

    @Test("a savepoint of a job that is not there is refused at once")
    func unknownJob() async throws {
        let running = try await RunningServer()
        let answer = try await running.post("/jobs/00000000000000000000000000000001/savepoints")
        #expect(answer.status == 404)
        await running.server.stop()
    }

    @Test("past the limit of operations under way the next one is told to wait")
    func busy() async throws {
        let gate = Gate()
        let running = try await RunningServer(cluster: FixedCluster(gate: gate)) {
            $0.operationLimit = 2
        }
        for expected in [202, 202, 503] {
            #expect(try await running.post(Self.job + "/checkpoints").status == expected)
        }
        await gate.open()
        await running.server.stop()
    }

    @Test("a new operation makes the oldest finished one forgotten, and none that is under way")
    func forgotten() throws {
        var log = OperationLog(limit: 3)
        let keys = (0...3).map { OperationKey(kind: .checkpoint, jobID: "", id: "\($0)") }
        for key in keys[...2] { #expect(try log.begun(key)) }
        #expect(try !log.begun(keys[0]))
        log.ended(keys[1], .checkpoint(1))
        log.ended(keys[0], .checkpoint(2))
        #expect(try log.begun(keys[3]))
        #expect(log.state(of: keys[1]) == nil)
        #expect(log.state(of: keys[0]) == .checkpoint(2))
        #expect(log.state(of: keys[2]) == .inProgress)
        #expect(log.state(of: keys[3]) == .inProgress)
    }
}
