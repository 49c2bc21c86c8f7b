import Testing
import WeirCore
import WeirREST
import WeirSystem

/// What the verbs of a cluster say when something is wrong, with real processes.
@Suite("The verbs of a cluster", .serialized)
struct ClusterRefusalTests {
    private let job = "0123456789abcdef0123456789abcdef"

    @Test("end with 4 if no server can be reached, and say how to have one")
    func unreachable() async throws {
        try await OwnThread.run {
            let tool = try RealTool()
            defer { tool.remove() }
            let listener = try tool.world.network.listen(host: "127.0.0.1", port: 0)
            let port = listener.port
            listener.close()
            let verbs = [
                ["list"], ["status", job], ["cancel", job], ["stop", job], ["savepoint", job],
                ["rescale", job, "--parallelism", "2"], ["checkpoint", "ls", job],
                ["taskmanager", "drain", "tm"], ["submit", Products.path("flights"), "--detach"],
            ]
            for verb in verbs {
                let result = try tool.run(
                    Products.path("weir"),
                    verb + ["--jobmanager", "http://127.0.0.1:\(port)"]
                )
                #expect(result.status == .exited(4), "\(verb): \(result.errors)")
                #expect(
                    result.errors.contains("WR-CLI-002 The job manager at http://127.0.0.1:\(port)")
                )
                #expect(result.errors.contains("weir cluster start"))
                #expect(result.output.isEmpty)
            }
        }
    }

    @Test("end with 4 if what listens there is no job manager")
    func foreign() async throws {
        try await RealCluster.with(taskManagers: 1, slots: 1) { cluster in
            // The port of task managers does not speak HTTP.
            let result = try cluster.weir(["list", "--jobmanager", "http://\(cluster.rpc)"])
            #expect(result.status == .exited(4), "\(result.errors)")
        }
    }

    @Test("name a job that there is not, and one that has ended")
    func unknownJob() async throws {
        try await RealCluster.with(taskManagers: 1, slots: 1) { cluster in
            for verb in [
                ["status", job], ["cancel", job], ["stop", job], ["savepoint", job],
                ["rescale", job, "--parallelism", "2"], ["checkpoint", "ls", job],
            ] {
                let result = try cluster.weir(verb)
                #expect(result.status == .exited(2), "\(verb): \(result.errors)")
                #expect(result.errors.contains("Job \(job) not found"), "\(result.errors)")
            }
            let drain = try cluster.weir(["taskmanager", "drain", "nobody"])
            #expect(drain.status == .exited(2))
            #expect(drain.errors.contains("Task manager nobody not found"))
            let flights = try FlightsRun(cluster.tool)
            let ended = try cluster.submit([], flights)
            try cluster.waitFor(ended, "FINISHED")
            let cancel = try cluster.weir(["cancel", ended])
            #expect(cancel.status == .exited(3), "\(cancel.errors)")
            #expect(cancel.errors.contains("has ended"))
        }
    }

    @Test("submit refuses what is no program of this machine, and tells what a program says")
    func badPrograms() async throws {
        try await RealCluster.with(taskManagers: 1, slots: 1) { cluster in
            let files = cluster.tool.world.files
            let script = cluster.tool.directory + "/job.sh"
            try files.replaceAll(script, with: Array("#!/bin/sh\necho no\n".utf8))
            let refused = try cluster.weir(["submit", script])
            #expect(refused.status == .exited(2), "\(refused.errors)")
            #expect(refused.errors.contains("\(ErrorCode.artifactRefused.id) job.sh cannot run"))
            #expect(refused.errors.contains("why:   It is a script."))
            let foreign = try cluster.weir(["submit", "/bin/true"])
            #expect(foreign.status == .exited(2), "\(foreign.errors)")
            #expect(
                foreign.errors.contains(
                    "\(ErrorCode.planFailed.id) true did not tell what it would run"
                )
            )
            let wrong = try cluster.weir(
                ["submit", Products.path("flights"), "--", "--velocity", "3"]
            )
            #expect(wrong.status == .exited(2), "\(wrong.errors)")
            #expect(wrong.errors.contains("There is no argument --velocity."), "\(wrong.errors)")
            let setting = try cluster.weir(
                ["submit", Products.path("flights"), "-D", "paralelism.default=2"]
            )
            #expect(setting.status == .exited(2))
            #expect(setting.errors.contains("Did you mean parallelism.default?"))
            #expect(try cluster.succeed(["list", "--all"]).json().elements.isEmpty)
        }
    }

    @Test("want the token of a cluster that has one")
    func token() async throws {
        let files = RealWorld().files
        let tool = try RealTool()
        defer { tool.remove() }
        let file = tool.directory + "/token"
        try files.replaceAll(file, with: Array("correct-horse\n".utf8))
        try await RealCluster.with(
            taskManagers: 1,
            slots: 1,
            options: ["--token-file", file]
        ) { cluster in
            let without = try cluster.weir(["list"])
            #expect(without.status == .exited(2), "\(without.errors)")
            #expect(without.errors.contains("carries no token, or another one"))
            let wrong = try cluster.weir(["list"], environment: ["WEIR_TOKEN": "battery"])
            #expect(wrong.status == .exited(2))
            let right = try cluster.weir(["list"], environment: ["WEIR_TOKEN": "correct-horse"])
            #expect(right.status == .exited(0), "\(right.errors)")
            let named = try cluster.weir(["list", "--token-file", file])
            #expect(named.status == .exited(0), "\(named.errors)")
            let upload = try cluster.weir(["submit", Products.path("flights"), "--detach"])
            #expect(upload.status == .exited(2), "\(upload.errors)")
        }
    }

    @Test("a task manager with a wrong token, and garbage on the ports, change nothing")
    func strangers() async throws {
        try await RealCluster.with(taskManagers: 1, slots: 1) { cluster in
            let tool = cluster.tool
            let stranger = try tool.start(
                Products.path("weir"),
                ["taskmanager", "--jobmanager", cluster.rpc, "--data", tool.directory + "/tm"],
                environment: ["WEIR_TOKEN": "wrong"]
            )
            defer { stranger.process.send(.kill) }
            try tool.until("the stranger was refused") {
                try tool.text(stranger.errors).contains("wrong token")
            }
            for place in [cluster.rpc, String(cluster.rest.dropFirst(7))] {
                let address = place.split(separator: ":")
                let connection = try tool.world.network.connect(
                    host: String(address[0]),
                    port: try #require(Int(address[1]))
                )
                let garbage = (0..<4000).map { UInt8(truncatingIfNeeded: $0 &* 37) }
                _ = try garbage.withUnsafeBytes { try connection.write($0) }
                connection.close()
            }
            let status = try cluster.succeed(["cluster", "status", "--data", cluster.data]).json()
            #expect(status["registeredSlots"]?.integer == 1)
            #expect(
                status["processes"]?.elements.allSatisfy { $0["restarts"]?.integer == 0 } == true
            )
            let flights = try FlightsRun(tool)
            try cluster.waitFor(try cluster.submit([], flights), "FINISHED")
        }
    }

    @Test("a job manager that others could reach must have a token")
    func unprotected() async throws {
        try await OwnThread.run {
            let tool = try RealTool()
            defer { tool.remove() }
            for option in ["--rest", "--rpc"] {
                let result = try tool.run(
                    Products.path("weir"),
                    ["jobmanager", "--data", tool.directory + "/jm", option, "0.0.0.0:0"]
                )
                #expect(result.status == .exited(2))
                #expect(result.errors.contains("WR-REST-005"), "\(result.errors)")
            }
            #expect(try tool.world.files.status(tool.directory + "/jm") == nil)
        }
    }

    @Test("a second cluster in the same directory, and one on a port that is taken, are refused")
    func twice() async throws {
        try await RealCluster.with(taskManagers: 1, slots: 1) { cluster in
            let second = try cluster.weir(["cluster", "start", "--data", cluster.data])
            #expect(second.status == .exited(3))
            #expect(second.errors.contains("\(ErrorCode.localCluster.id) A cluster runs in"))
            let other = cluster.tool.directory + "/d"
            let taken = try cluster.weir([
                "cluster", "start", "--data", other, "--rest",
                String(cluster.rest.dropFirst(7)), "--rpc", "127.0.0.1:0",
            ])
            #expect(taken.status == .exited(1), "\(taken.errors)")
            #expect(taken.errors.contains("The cluster does not start: jobmanager"))
            #expect(taken.errors.contains("cannot listen on"), "\(taken.errors)")
            #expect(try !cluster.tool.world.files.isLocked(other + "/lock"))
        }
    }

    @Test("the token that a cluster draws is for its user alone")
    func tokenFile() async throws {
        try await RealCluster.with(taskManagers: 1, slots: 1) { cluster in
            let listing = try cluster.tool.shell("ls -l \(cluster.data)/jobmanager/token")
            #expect(listing.hasPrefix("-rw------- "), "\(listing)")
        }
    }
}
