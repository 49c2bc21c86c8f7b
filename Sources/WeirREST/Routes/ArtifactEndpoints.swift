import HTTPTypes
import WeirCore

extension Endpoint {
    /// Job bundles: what Flink calls jars.
    static var artifactEndpoints: [Endpoint] {
        [
            .get("jars") { call throws(WeirError) in
                try await call.gateway.artifacts().answer(address: "http://\(call.authority)")
            },
            Endpoint(.post, "jars/upload") { call throws(WeirError) in
                let upload = try await UploadReceiver.receive(call)
                return Answer(body: try await call.gateway.addArtifact(upload).uploadAnswer())
            },
            Endpoint(.delete, "jars/:jarid") { call throws(WeirError) in
                try await call.gateway.removeArtifact(call.parameter("jarid"))
                return Answer(body: [:])
            },
            Endpoint(.get, "jars/:jarid/plan", plan),
            Endpoint(.post, "jars/:jarid/plan", plan),
            Endpoint(.post, "jars/:jarid/run", run),
        ]
    }

    @Sendable
    private static func plan(_ call: Call) async throws(WeirError) -> Answer {
        let artifact = try call.parameter("jarid")
        let request = try await RunBody.request(call, named: "JarPlanRequestBody")
        let plan = try await call.gateway.plan(artifact: artifact, request)
        return Answer(body: ["plan": plan.answer()])
    }

    @Sendable
    private static func run(_ call: Call) async throws(WeirError) -> Answer {
        let artifact = try call.parameter("jarid")
        let request = try await RunBody.request(call, named: "JarRunRequestBody")
        let job = try await call.gateway.run(artifact: artifact, request)
        return Answer(body: ["jobid": .text(job), "applicationId": .text(job)])
    }
}
