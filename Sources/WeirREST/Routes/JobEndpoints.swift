import HTTPTypes
import WeirCore

extension Endpoint {
    /// Jobs: reading, cancelling, scaling.
    static var jobEndpoints: [Endpoint] {
        [
            .get("jobs") { call throws(WeirError) in
                ["jobs": .array(try await call.gateway.jobs().map { $0.shortAnswer() })]
            },
            .get("jobs/overview") { call throws(WeirError) in
                let now = call.now
                return ["jobs": .array(try await call.gateway.jobs().map { $0.answer(at: now) })]
            },
            .get("jobs/:jobid") { call throws(WeirError) in
                try await call.gateway.job(call.jobID()).answer(at: call.now)
            },
            .get("jobs/:jobid/plan") { call throws(WeirError) in
                ["plan": try await call.gateway.job(call.jobID()).plan.answer()]
            },
            .get("jobs/:jobid/status") { call throws(WeirError) in
                let job = try await call.gateway.job(call.jobID())
                return ["status": .text(job.summary.status.rawValue)]
            },
            .get("jobs/:jobid/config") { call throws(WeirError) in
                let id = try call.jobID()
                return try await call.gateway.jobConfiguration(id).answer(jobID: id)
            },
            .get("jobs/:jobid/execution-result", executionResult),
            .get("jobs/:jobid/exceptions", exceptions),
            Endpoint(.patch, "jobs/:jobid", cancel),
            .get("jobs/:jobid/resource-requirements") { call throws(WeirError) in
                try await call.gateway.resourceRequirements(of: call.jobID()).answer()
            },
            Endpoint(.put, "jobs/:jobid/resource-requirements", setResourceRequirements),
        ]
    }

    @Sendable
    private static func executionResult(_ call: Call) async throws(WeirError) -> JSONValue {
        let id = try call.jobID()
        let job = try await call.gateway.job(id)
        guard job.summary.status == .failed else { return job.resultAnswer(failure: nil) }
        let failures = try await call.gateway.failures(of: id, limit: 1)
        return job.resultAnswer(failure: failures.entries.first)
    }

    @Sendable
    private static func exceptions(_ call: Call) async throws(WeirError) -> JSONValue {
        let id = try call.jobID()
        let limit = try call.query("maxExceptions", as: Int.self) ?? 20
        guard limit >= 0 else {
            throw WeirError(.requestInvalid, "maxExceptions is \(limit); it counts from 0.")
        }
        return try await call.gateway.failures(of: id, limit: limit).answer()
    }

    @Sendable
    private static func cancel(_ call: Call) async throws(WeirError) -> Answer {
        let id = try call.jobID()
        switch call.query("mode")?.lowercased() {
        case nil, "cancel":
            try await call.gateway.cancel(id)
            return Answer(status: .accepted, body: [:])
        case "stop":
            return .errors(
                .permanentRedirect,
                ["The termination mode \"stop\" has been removed; use jobs/\(id)/stop instead."]
            )
        case .some(let mode):
            throw WeirError(
                .requestInvalid,
                "Bad request, could not parse parameters: Cannot resolve query parameter (mode) "
                    + "from value \"\(mode)\"."
            )
        }
    }

    @Sendable
    private static func setResourceRequirements(_ call: Call) async throws(WeirError) -> Answer {
        let id = try call.jobID()
        let body = try await call.body(named: "JobResourceRequirementsBody")
        var bounds: [String: ParallelismBounds] = [:]
        for vertex in body.names {
            guard let range = try body.object(vertex)?.object("parallelism") else {
                throw body.missing("\(vertex).parallelism")
            }
            guard let lower = try range.integer("lowerBound"), lower >= 1 else {
                throw range.wrong("lowerBound", expected: "1 or more")
            }
            guard let upper = try range.integer("upperBound"), upper >= lower else {
                throw range.wrong("upperBound", expected: "\(lower) or more")
            }
            bounds[vertex] = ParallelismBounds(lowerBound: lower, upperBound: upper)
        }
        try await call.gateway.setResourceRequirements(of: id, to: bounds)
        return Answer(body: [:])
    }
}
