import Testing
import WeirREST

/// Answers have the shapes that a Flink cluster's have.
@Suite("Shapes of answers")
struct ShapeTests {
    /// A request, and the golden shape of its answer.
    struct Case: Sendable, CustomTestStringConvertible {
        let shape: String
        let method: String
        let path: String
        var body = ""
        var mayBeEmpty: Set<String> = []

        var testDescription: String { "\(method) \(path)" }
    }

    static let job = "/jobs/\(FixedJob.id)"
    static let vertex = "\(job)/vertices/\(FixedJob.window)"

    static let cases: [Case] = [
        Case(shape: "config", method: "GET", path: "/config"),
        Case(shape: "overview", method: "GET", path: "/overview"),
        Case(shape: "overview", method: "GET", path: "/v1/overview"),
        Case(shape: "jobs", method: "GET", path: "/jobs"),
        Case(shape: "jobs-overview", method: "GET", path: "/jobs/overview"),
        Case(shape: "job", method: "GET", path: job),
        Case(shape: "job", method: "GET", path: "/v1" + job),
        Case(shape: "job-plan", method: "GET", path: job + "/plan"),
        Case(shape: "job-status", method: "GET", path: job + "/status"),
        Case(
            shape: "job-config",
            method: "GET",
            path: job + "/config"
        ),
        Case(shape: "job-exceptions", method: "GET", path: job + "/exceptions"),
        Case(shape: "job-cancel", method: "PATCH", path: job + "?mode=cancel"),
        Case(shape: "job-cancel", method: "PATCH", path: "/v1" + job),
        Case(shape: "checkpoints", method: "GET", path: job + "/checkpoints"),
        Case(shape: "checkpoints-config", method: "GET", path: job + "/checkpoints/config"),
        Case(shape: "checkpoint-details", method: "GET", path: job + "/checkpoints/details/9"),
        Case(shape: "checkpoint-trigger", method: "POST", path: job + "/checkpoints"),
        Case(shape: "savepoint-trigger", method: "POST", path: job + "/savepoints"),
        Case(shape: "stop", method: "POST", path: job + "/stop", body: #"{"drain":false}"#),
        Case(
            shape: "disposal",
            method: "POST",
            path: "/savepoint-disposal",
            body: #"{"savepoint-path":"file:/path"}"#
        ),
        Case(shape: "vertex", method: "GET", path: vertex),
        Case(shape: "vertex-subtasktimes", method: "GET", path: vertex + "/subtasktimes"),
        Case(shape: "vertex-taskmanagers", method: "GET", path: vertex + "/taskmanagers"),
        Case(shape: "vertex-watermarks", method: "GET", path: vertex + "/watermarks"),
        Case(shape: "taskmanagers", method: "GET", path: "/taskmanagers"),
        Case(
            shape: "taskmanager",
            method: "GET",
            path: "/taskmanagers/localhost%3A37465-d2780b",
            // There is no garbage collector.
            mayBeEmpty: [".metrics.garbageCollectors"]
        ),
        Case(shape: "jobmanager-config", method: "GET", path: "/jobmanager/config"),
        Case(shape: "jars", method: "GET", path: "/jars"),
        Case(shape: "jar-run", method: "POST", path: "/jars/f7a7_job.bin/run"),
        Case(shape: "jar-plan", method: "POST", path: "/jars/f7a7_job.bin/plan"),
        Case(shape: "jar-plan", method: "GET", path: "/jars/f7a7_job.bin/plan"),
        Case(shape: "jar-delete", method: "DELETE", path: "/v1/jars/f7a7_job.bin"),
        Case(shape: "error-unknown-path", method: "GET", path: "/nope"),
        Case(shape: "error-bad-body", method: "POST", path: job + "/savepoints", body: "{"),
        Case(shape: "error-bad-job-id", method: "GET", path: "/jobs/xyz"),
        Case(
            shape: "error-job-not-found",
            method: "GET",
            path: "/jobs/00000000000000000000000000000000"
        ),
        Case(
            shape: "error-savepoint-unknown-request",
            method: "GET",
            path: job + "/savepoints/00000000000000000000000000000000"
        ),
    ]

    @Test("an answer has the status and the shape of Flink's", arguments: cases)
    func answerHasShape(_ request: Case) async throws {
        let running = try await RunningServer()
        let answer = try await running.answer(request.method, request.path, body: request.body)
        let shape = try Shape.golden(request.shape)
        #expect(answer.status == shape.status, "\(answer.text)")
        let differences = shape.differences(of: answer.json, mayBeEmpty: request.mayBeEmpty)
        #expect(differences == [], "\(answer.text)")
        #expect(answer.headers["content-type"] == "application/json; charset=UTF-8")
        #expect(answer.headers["weir-version"] == "9.8.7")
        await running.server.stop()
    }

    @Test(
        "an operation has Flink's shapes while it runs and when it is complete",
        arguments: [
            ("savepoint", "POST", job + "/savepoints", job + "/savepoints/"),
            ("stop", "POST", job + "/stop", job + "/savepoints/"),
            ("checkpoint-trigger", "POST", job + "/checkpoints", job + "/checkpoints/"),
            ("disposal", "POST", "/savepoint-disposal", "/savepoint-disposal/"),
        ]
    )
    func operationHasShapes(
        _ name: String,
        _ method: String,
        _ start: String,
        _ poll: String
    ) async throws {
        let gate = Gate()
        let running = try await RunningServer(cluster: FixedCluster(gate: gate))
        let body = #"{"savepoint-path":"file:/path"}"#
        let id = try await running.answer(method, start, body: body).json["request-id"].text ?? ""
        let before = try await running.get(poll + id)
        #expect(try Shape.golden(name + "-running").differences(of: before.json) == [])
        await gate.open()
        let after = try await running.polled(poll + id)
        #expect(try Shape.golden(name + "-completed").differences(of: after.json) == [])
        await running.server.stop()
    }
}

extension RunningServer {
    /// The answer to a poll once it says that the operation is complete.
    func polled(_ path: String) async throws -> HTTPAnswer {
        while true {
            let answer = try await get(path)
            if answer.json["status"]["id"] != .text("IN_PROGRESS") { return answer }
        }
    }
}
