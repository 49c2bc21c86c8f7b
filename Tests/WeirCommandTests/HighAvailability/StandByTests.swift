import Testing
import WeirCore
import WeirREST
import WeirServer
import WeirSystem

/// Several job managers of one cluster, with real processes.
@Suite("Job managers that stand by", .serialized)
struct StandByTests {
    @Test("one leads, a next one does when it is killed, and clients find it")
    func takeover() async throws {
        try await RunningEtcd.with { etcd in
            let cluster = try RealCluster()
            defer { cluster.end() }
            try cluster.start(
                taskManagers: 1,
                slots: 2,
                options: ["--jobmanagers", "2", "--ha", etcd.url("cluster")]
            )
            let places = cluster.rest.split(separator: ",").map { $0.dropFirst("http://".count) }
            #expect(places.count == 2)
            let first = String(
                decoding: try #require(try etcd.store("cluster").get("leader")),
                as: UTF8.self
            )
            let epoch = try #require(try etcd.store("cluster").get("epoch"))
            let leader = try #require(places.firstIndex { first.contains("http://\($0),") })
            try cluster.kill(try #require(try cluster.pid("jobmanager-\(leader + 1)")))
            // It may be the one that was killed: it is started again, and stands by like the other.
            try cluster.tool.until("a next one leads and knows the task manager") {
                guard try etcd.store("cluster").get("epoch") != epoch else { return false }
                let status = try cluster.weir(["cluster", "status", "--data", cluster.data])
                guard status.status == .exited(0) else { return false }
                return try status.json()["registeredSlots"]?.integer == 2
            }
            let list = try cluster.weir(["list", "--output", "json"])
            #expect(list.status == .exited(0), "\(list.errors)")
        }
    }

    @Test("need an etcd that is there, and its address")
    func refusals() async throws {
        try await OwnThread.run {
            let tool = try RealTool()
            defer { tool.remove() }
            func start(_ options: [String]) throws -> RealTool.Result {
                try tool.run(
                    Products.path("weir"),
                    [
                        "cluster", "start", "--data", tool.directory + "/c", "--rest",
                        "127.0.0.1:0", "--rpc", "127.0.0.1:0",
                    ] + options
                )
            }
            let none = try start(["--jobmanagers", "2"])
            #expect(none.status == .exited(2))
            #expect(none.errors.contains("--ha etcd://127.0.0.1:2379/weir"), "\(none.errors)")
            let many = try start(["--jobmanagers", "9", "--ha", "etcd://h:1/weir"])
            #expect(many.status == .exited(2))
            let wrong = try start(["--jobmanagers", "2", "--ha", "http://127.0.0.1:2379/weir"])
            #expect(wrong.status == .exited(2))
            #expect(wrong.errors.contains("It does not begin with etcd://."), "\(wrong.errors)")
            let listener = try tool.world.network.listen(host: "127.0.0.1", port: 0)
            let port = listener.port
            listener.close()
            let absent = try start(["--jobmanagers", "2", "--ha", "etcd://127.0.0.1:\(port)/weir"])
            #expect(absent.status != .exited(0))
            #expect(absent.errors.contains("WR-CLUSTER-011 etcd does not answer."))
            let alone = try tool.run(
                Products.path("weir"),
                [
                    "jobmanager", "--data", tool.directory + "/d", "--ha",
                    "etcd://127.0.0.1:\(port)/weir",
                ]
            )
            #expect(alone.status == .exited(1))
            #expect(alone.errors.contains("WR-CLUSTER-011 etcd does not answer."))
            #expect(alone.errors.contains("Start it, or name its members with --ha"))
        }
    }
}
