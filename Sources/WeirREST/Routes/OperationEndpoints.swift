import HTTPTypes
import WeirCore

extension Endpoint {
    /// What goes on after its request was answered, and is polled.
    static var operationEndpoints: [Endpoint] {
        [
            Endpoint(.post, "jobs/:jobid/savepoints", takeSavepoint),
            .get("jobs/:jobid/savepoints/:triggerid") { call throws(WeirError) in
                try await poll(call, .savepoint, jobID: call.jobID())
            },
            Endpoint(.post, "jobs/:jobid/stop", stop),
            Endpoint(.post, "jobs/:jobid/checkpoints", takeCheckpoint),
            .get("jobs/:jobid/checkpoints/:triggerid") { call throws(WeirError) in
                try await poll(call, .checkpoint, jobID: call.jobID())
            },
            Endpoint(.post, "savepoint-disposal", disposeSavepoint),
            .get("savepoint-disposal/:triggerid") { call throws(WeirError) in
                try await poll(call, .disposal, jobID: "")
            },
        ]
    }

    @Sendable
    private static func takeSavepoint(_ call: Call) async throws(WeirError) -> Answer {
        let job = try call.jobID()
        let body = try await call.body(named: "SavepointTriggerRequestBody")
        let request = SavepointRequest(
            operationID: try triggerID(body, call),
            targetDirectory: try body.text("target-directory"),
            cancelsJob: try body.boolean("cancel-job") ?? false,
            format: try body.choice("formatType", of: SavepointFormat.self) ?? .canonical
        )
        _ = try await call.gateway.job(job)
        let key = OperationKey(kind: .savepoint, jobID: job, id: request.operationID)
        return try await start(key, call, status: .accepted) { gateway throws(WeirError) in
            .savepoint(location: try await gateway.takeSavepoint(of: job, request))
        }
    }

    @Sendable
    private static func stop(_ call: Call) async throws(WeirError) -> Answer {
        let job = try call.jobID()
        let body = try await call.body(named: "StopWithSavepointRequestBody")
        let request = StopRequest(
            operationID: try triggerID(body, call),
            targetDirectory: try body.text("targetDirectory"),
            drains: try body.boolean("drain") ?? false,
            format: try body.choice("formatType", of: SavepointFormat.self) ?? .canonical
        )
        _ = try await call.gateway.job(job)
        let key = OperationKey(kind: .savepoint, jobID: job, id: request.operationID)
        return try await start(key, call, status: .accepted) { gateway throws(WeirError) in
            .savepoint(location: try await gateway.stop(job, request))
        }
    }

    @Sendable
    private static func takeCheckpoint(_ call: Call) async throws(WeirError) -> Answer {
        let job = try call.jobID()
        let body = try await call.body(named: "CheckpointTriggerRequestBody")
        let request = CheckpointRequest(
            operationID: try triggerID(body, call),
            kind: try body.choice("checkpointType", of: CheckpointRequest.Kind.self) ?? .configured
        )
        _ = try await call.gateway.job(job)
        let key = OperationKey(kind: .checkpoint, jobID: job, id: request.operationID)
        return try await start(key, call, status: .accepted) { gateway throws(WeirError) in
            .checkpoint(try await gateway.takeCheckpoint(of: job, request))
        }
    }

    @Sendable
    private static func disposeSavepoint(_ call: Call) async throws(WeirError) -> Answer {
        let body = try await call.body(named: "SavepointDisposalRequest")
        guard let location = try body.text("savepoint-path") else {
            throw body.missing("savepoint-path")
        }
        let request = DisposalRequest(
            operationID: call.drawIdentifier(),
            location: location
        )
        let key = OperationKey(kind: .disposal, jobID: "", id: request.operationID)
        return try await start(key, call, status: .ok) { gateway throws(WeirError) in
            try await gateway.disposeSavepoint(request)
            return .disposed
        }
    }

    // MARK: Book-keeping

    /// The id that the client chose, or a new one.
    private static func triggerID(
        _ body: BodyFields,
        _ call: Call
    ) throws(WeirError) -> String {
        if let chosen = try body.identifier("triggerId") { return chosen }
        return call.drawIdentifier()
    }

    private static func start(
        _ key: OperationKey,
        _ call: Call,
        status: HTTPResponse.Status,
        _ work: @escaping @Sendable (any ClusterGateway) async throws(WeirError) -> OperationState
    ) async throws(WeirError) -> Answer {
        let gateway = call.gateway
        try await call.services.operations.start(key) { () throws(WeirError) in
            try await work(gateway)
        }
        return Answer(status: status, body: ["request-id": .text(key.id)])
    }

    private static func poll(
        _ call: Call,
        _ kind: OperationKey.Kind,
        jobID: String
    ) async throws(WeirError) -> JSONValue {
        let key = OperationKey(kind: kind, jobID: jobID, id: try call.identifier("triggerid"))
        if let state = await call.services.operations.state(of: key) {
            return state.answer(for: kind)
        }
        guard let state = try await call.gateway.operation(key) else {
            let place = jobID.isEmpty ? "" : " for job \(jobID)"
            throw WeirError(
                .resourceUnknown,
                "There is no \(kind.rawValue) operation with triggerId=\(key.id)\(place)."
            )
        }
        return state.answer(for: kind)
    }
}
