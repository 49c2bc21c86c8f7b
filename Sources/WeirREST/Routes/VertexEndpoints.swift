import WeirCore

extension Endpoint {
    /// The vertices of a job.
    static var vertexEndpoints: [Endpoint] {
        [
            .get("jobs/:jobid/vertices/:vertexid") { call throws(WeirError) in
                try await vertex(call).answer(at: call.now)
            },
            .get("jobs/:jobid/vertices/:vertexid/subtasktimes") { call throws(WeirError) in
                try await vertex(call).timesAnswer(at: call.now)
            },
            .get("jobs/:jobid/vertices/:vertexid/taskmanagers") { call throws(WeirError) in
                try await vertex(call).taskManagersAnswer(at: call.now)
            },
            .get("jobs/:jobid/vertices/:vertexid/watermarks") { call throws(WeirError) in
                try await vertex(call).watermarksAnswer()
            },
        ]
    }

    private static func vertex(_ call: Call) async throws(WeirError) -> VertexDetails {
        let id = try call.identifier("vertexid")
        let job = try await call.gateway.job(call.jobID())
        guard let vertex = job.vertices.first(where: { $0.id == id }) else {
            throw WeirError(
                .resourceUnknown,
                "Vertex \(id) not found in job \(job.summary.id)."
            )
        }
        return vertex
    }
}
