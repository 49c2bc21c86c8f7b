import WeirCore

extension Endpoint {
    /// The checkpoints of a job, for reading.
    static var checkpointEndpoints: [Endpoint] {
        [
            .get("jobs/:jobid/checkpoints") { call throws(WeirError) in
                try await call.gateway.checkpoints(of: call.jobID()).answer()
            },
            .get("jobs/:jobid/checkpoints/config") { call throws(WeirError) in
                try await call.gateway.checkpointConfiguration(of: call.jobID()).answer()
            },
            .get("jobs/:jobid/checkpoints/details/:checkpointid") { call throws(WeirError) in
                let number = try call.number("checkpointid")
                return try await call.gateway.checkpoint(number, of: call.jobID())
                    .answer(withTasks: true)
            },
        ]
    }
}
