import Testing
import WeirCore
import WeirREST

/// What requests are understood as, and how they are refused.
@Suite("Requests")
struct RequestTests {
    private static let job = "/jobs/\(FixedJob.id)"

    @Test(
        "a body that is not understood is refused with field and position",
        arguments: [
            ("/savepoints", "{", "where: line 1, column 2\n  why:   a name is expected."),
            ("/savepoints", #"{"cancel-job":"yes"}"#, "field `cancel-job`, line 1, column 15"),
            ("/savepoints", #"{"formatType":"ZIP"}"#, "not one of CANONICAL, NATIVE."),
            ("/savepoints", #"{"triggerId":"7"}"#, "field `triggerId`"),
            ("/stop", #"{"drain":1}"#, "why:   it is the number 1, not true or false."),
            ("/stop", "{\"drain\":\n tru}", "line 2, column 2"),
            ("/checkpoints", "[]", "why:   it is an array, not an object."),
            ("/checkpoints", #"{"checkpointType":3}"#, "field `checkpointType`"),
        ]
    )
    func badBody(_ path: String, _ body: String, _ expected: String) async throws {
        let running = try await RunningServer()
        let answer = try await running.post(Self.job + path, body)
        #expect(answer.status == 400)
        let details = answer.json["errors"][1].text ?? answer.error
        #expect(details.contains(expected), "\(answer.text)")
        #expect(running.cluster.told == [])
        await running.server.stop()
    }

    @Test("the path of a savepoint to be removed is necessary")
    func missingField() async throws {
        let running = try await RunningServer()
        let answer = try await running.post("/savepoint-disposal", "{}")
        #expect(answer.status == 400)
        #expect(answer.error == "Request did not match expected format SavepointDisposalRequest.")
        #expect(answer.json["errors"][1].text?.contains("field `savepoint-path`") == true)
        await running.server.stop()
    }

    @Test("fields that are not known are passed over")
    func unknownField() async throws {
        let running = try await RunningServer()
        let answer = try await running.post(Self.job + "/stop", #"{"drain":true,"later":[1]}"#)
        #expect(answer.status == 202)
        await running.server.stop()
    }

    @Test("an empty body counts as one without fields")
    func emptyBody() async throws {
        let running = try await RunningServer()
        let id = try await running.post(Self.job + "/savepoints").json["request-id"].text ?? ""
        _ = try await running.polled(Self.job + "/savepoints/" + id)
        #expect(running.cluster.told == ["savepoint - false CANONICAL"])
        await running.server.stop()
    }

    @Test("the orders for snapshots reach the cluster with their fields")
    func orders() async throws {
        let running = try await RunningServer()
        for (path, body) in [
            ("/savepoints", #"{"target-directory":"/s","cancel-job":true,"formatType":"NATIVE"}"#),
            ("/stop", #"{"targetDirectory":"/t","drain":true,"formatType":"NATIVE"}"#),
            ("/checkpoints", #"{"checkpointType":"FULL"}"#),
        ] {
            let id = try await running.post(Self.job + path, body).json["request-id"].text ?? ""
            let poll = path == "/checkpoints" ? path : "/savepoints"
            _ = try await running.polled("\(Self.job)\(poll)/\(id)")
        }
        #expect(
            running.cluster.told
                == ["savepoint /s true NATIVE", "stop /t true NATIVE", "checkpoint FULL"]
        )
        await running.server.stop()
    }

    @Test("a job is cancelled, and its other end has another path")
    func cancel() async throws {
        let running = try await RunningServer()
        #expect(try await running.answer("PATCH", Self.job + "?mode=cancel").status == 202)
        #expect(try await running.answer("PATCH", Self.job + "?mode=stop").status == 308)
        #expect(try await running.answer("PATCH", Self.job + "?mode=nap").status == 400)
        #expect(running.cluster.told == ["cancel \(FixedJob.id)"])
        await running.server.stop()
    }

    @Test("bounds of the parallelism are read and set")
    func resourceRequirements() async throws {
        let running = try await RunningServer()
        let path = Self.job + "/resource-requirements"
        #expect(
            try await running.get(path).text
                == #"{"\#(FixedJob.window)":{"parallelism":{"lowerBound":1,"upperBound":4}}}"#
        )
        let bounds = #"{"\#(FixedJob.window)":{"parallelism":{"lowerBound":2,"upperBound":3}}}"#
        let answer = try await running.answer("PUT", path, body: bounds)
        #expect(answer.status == 200)
        #expect(answer.text == "{}")
        let wrong = #"{"v":{"parallelism":{"lowerBound":3,"upperBound":2}}}"#
        let refusal = try await running.answer("PUT", path, body: wrong)
        #expect(refusal.status == 400)
        #expect(
            refusal.json["errors"][1].text?.contains(
                "field `v.parallelism.upperBound`, line 1, column 50\n"
                    + "  why:   it is the number 2, not 3 or more."
            ) == true
        )
        #expect(running.cluster.told == ["\(FixedJob.window) 2...3"])
        await running.server.stop()
    }

    @Test("the number of failures to tell is a parameter")
    func failureLimit() async throws {
        let running = try await RunningServer()
        _ = try await running.get(Self.job + "/exceptions")
        _ = try await running.get(Self.job + "/exceptions?maxExceptions=3")
        #expect(try await running.get(Self.job + "/exceptions?maxExceptions=x").status == 400)
        #expect(try await running.get(Self.job + "/exceptions?maxExceptions=-1").status == 400)
        #expect(running.cluster.told == ["failures 20", "failures 3"])
        await running.server.stop()
    }

    @Test("the answer to HEAD has no body, so that the next answer is found")
    func head() async throws {
        let running = try await RunningServer()
        let connection = try running.connect()
        await connection.send(RunningServer.request("HEAD", "/overview"))
        await connection.send(
            RunningServer.request("GET", "/weir/version", headers: ["Connection": "close"])
        )
        let text = String(decoding: await connection.rest() ?? [], as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 404 "))
        #expect(!text.contains("errors"))
        #expect(text.hasSuffix(#"{"version":"9.8.7"}"#))
        await running.server.stop()
    }

    @Test("a client that waits with its body is told to send it")
    func expectation() async throws {
        let running = try await RunningServer()
        let connection = try running.connect()
        let body = #"{"savepoint-path":"x"}"#
        let text = RunningServer.request(
            "POST",
            "/savepoint-disposal",
            headers: ["Expect": "100-continue"],
            body: body
        )
        await connection.send(String(text.dropLast(body.count)))
        #expect(await connection.answer()?.status == 100)
        await connection.send(body)
        #expect(await connection.answer()?.status == 200)
        await running.server.stop()
    }

    @Test("a method that a path does not have is not found, as with Flink")
    func wrongMethod() async throws {
        let running = try await RunningServer()
        let answer = try await running.answer("PUT", "/jobs")
        #expect(answer.status == 404)
        #expect(answer.error == "Not found: /jobs")
        await running.server.stop()
    }

    @Test(
        "the status of an error follows from what the client can do",
        arguments: [
            (WeirError(.badGraph, "It has a cycle."), 400),
            (WeirError(.unmatchedState, "State is left over."), 409),
            (WeirError(.serverBusy, "There is much to do."), 503),
            (WeirError(.fileFailed, "The disk is gone."), 500),
        ]
    )
    func errorStatus(_ error: WeirError, _ status: Int) async throws {
        let running = try await RunningServer(cluster: FixedCluster(failure: error))
        let answer = try await running.post("/jars/f7a7_job.bin/run")
        #expect(answer.status == status)
        #expect(answer.error == error.message)
        await running.server.stop()
    }

    @Test("what only Weir has stands apart from Flink's paths")
    func weirEndpoints() async throws {
        let running = try await RunningServer()
        #expect(try await running.get("/weir/version").text == #"{"version":"9.8.7"}"#)
        let notices = try await running.get("/weir/jobs/\(FixedJob.id)/notices").json["notices"]
        #expect(notices[0]["code"] == .text("WR-CKPT-004"))
        let id = "localhost:37465-d2780b"
        let drain = try await running.post("/v1/weir/taskmanagers/\(id)/drain")
        #expect(drain.status == 202)
        #expect(try await running.post("/weir/taskmanagers/none/drain").status == 404)
        #expect(running.cluster.told == ["drain \(id)"])
        await running.server.stop()
    }
}
