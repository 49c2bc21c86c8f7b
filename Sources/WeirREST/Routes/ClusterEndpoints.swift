import HTTPTypes
import WeirCore

extension Endpoint {
    /// The cluster as a whole.
    static var clusterEndpoints: [Endpoint] {
        [
            .get("config") { call in call.services.settings.compatibility.answer() },
            .get("overview") { call throws(WeirError) in
                try await call.gateway.clusterOverview()
                    .answer(call.services.settings.compatibility)
            },
            .get("jobmanager/config") { call throws(WeirError) in
                try await call.gateway.configuration().answer()
            },
        ]
    }

    /// Task managers.
    static var taskManagerEndpoints: [Endpoint] {
        [
            .get("taskmanagers") { call throws(WeirError) in
                try await call.gateway.taskManagers().answer()
            },
            .get("taskmanagers/:taskmanagerid") { call throws(WeirError) in
                try await call.gateway.taskManager(call.parameter("taskmanagerid")).answer()
            },
        ]
    }

    /// What Flink's shapes cannot carry.
    static var weirEndpoints: [Endpoint] {
        [
            .get("weir/version") { call in
                ["version": .text(call.services.settings.weirVersion)]
            },
            .get("weir/jobs/:jobid/notices") { call throws(WeirError) in
                try await call.gateway.notices(of: call.jobID()).answer()
            },
            Endpoint(.post, "weir/taskmanagers/:taskmanagerid/drain") { call throws(WeirError) in
                try await call.gateway.drainTaskManager(call.parameter("taskmanagerid"))
                return Answer(status: .accepted, body: [:])
            },
        ]
    }
}
