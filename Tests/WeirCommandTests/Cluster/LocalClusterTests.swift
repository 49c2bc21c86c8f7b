import Testing
import WeirCore
import WeirREST
import WeirSystem

/// What a person does with a cluster on one machine, with processes that are really killed.
@Suite("A cluster of real processes", .serialized)
struct LocalClusterTests {
    /// Times as fast as life: the input lasts some seconds, so that it can be met in the middle.
    private let speed = 300_000

    @Test(
        "survives kill -9 of a worker, a task manager and its job's rows are those of a quiet run"
    )
    func kills() async throws {
        try await RealCluster.with { cluster in
            let expected = try FlightsRun.expected(cluster.tool)
            let flights = try FlightsRun(cluster.tool, speed: speed)
            let job = try cluster.submit(["--parallelism", "3"], flights)
            try cluster.waitForCheckpoints(job)
            let worker = try #require(try cluster.workers().first)
            try cluster.kill(worker)
            try cluster.waitForCheckpoints(job)
            let taskManager = try #require(try cluster.pid("taskmanager-1"))
            try cluster.kill(taskManager)
            try cluster.waitFor(job, "FINISHED")
            #expect(try flights.rows() == expected)
            #expect(!expected.isEmpty)
            try cluster.tool.until("the supervisor has started another task manager") {
                let present = try cluster.pid("taskmanager-1")
                return present != nil && present != taskManager
            }
            let restores = try cluster.status(job)["restores"]?.integer ?? 0
            #expect(restores >= 2)
        }
    }

    @Test("goes on from a savepoint at another parallelism after its job was cancelled")
    func resume() async throws {
        try await RealCluster.with { cluster in
            let expected = try FlightsRun.expected(cluster.tool)
            let flights = try FlightsRun(cluster.tool, speed: speed)
            let job = try cluster.submit(["--parallelism", "2"], flights)
            try cluster.waitForCheckpoints(job)
            let place = cluster.tool.directory + "/savepoints"
            let location = try cluster.succeed(["savepoint", job, "--to", place]).line
            #expect(location.hasPrefix(place + "/chk-"))
            _ = try cluster.succeed(["checkpoint", "fsck", location])
            _ = try cluster.succeed(["cancel", job])
            #expect(try cluster.status(job)["state"]?.text == "CANCELED")
            let quick = try FlightsRun(cluster.tool)
            let next = try cluster.submit(["--parallelism", "4", "--from", location], quick)
            #expect(next != job)
            try cluster.waitFor(next, "FINISHED")
            #expect(try quick.rows() == expected)
        }
    }

    @Test("stops a job with a snapshot, and another one goes on from it")
    func stop() async throws {
        try await RealCluster.with(taskManagers: 1) { cluster in
            let expected = try FlightsRun.expected(cluster.tool)
            let flights = try FlightsRun(cluster.tool, speed: speed)
            let job = try cluster.submit([], flights)
            try cluster.waitForCheckpoints(job)
            let location = try cluster.succeed(["stop", job]).line
            #expect(try cluster.status(job)["state"]?.text == "FINISHED")
            let listed = try cluster.succeed(["checkpoint", "ls", job]).json()
            #expect(listed.elements.contains { $0["location"]?.text == location })
            let quick = try FlightsRun(cluster.tool)
            let next = try cluster.submit(["--parallelism", "2", "--from", location], quick)
            try cluster.waitFor(next, "FINISHED")
            #expect(try quick.rows() == expected)
        }
    }

    @Test("rescales a running job up and down, and its rows stay those of a quiet run")
    func rescale() async throws {
        try await RealCluster.with { cluster in
            let expected = try FlightsRun.expected(cluster.tool)
            let flights = try FlightsRun(cluster.tool, speed: speed)
            let job = try cluster.submit([], flights)
            try cluster.waitForCheckpoints(job)
            for parallelism in [4, 2] {
                _ = try cluster.succeed(["rescale", job, "--parallelism", "\(parallelism)"])
                let vertices = try cluster.status(job)["vertices"]?.elements ?? []
                #expect(vertices.contains { $0["parallelism"]?.integer == Int64(parallelism) })
                try cluster.waitForCheckpoints(job)
            }
            let tooWide = try cluster.weir(["rescale", job, "--parallelism", "5"])
            #expect(tooWide.status == .exited(3))
            #expect(tooWide.errors.contains("takes 5 slots, and there are 4 for it"))
            try cluster.waitFor(job, "FINISHED")
            #expect(try flights.rows() == expected)
        }
    }

    @Test("drains a task manager: its job goes on elsewhere, and nothing is lost")
    func drain() async throws {
        try await RealCluster.with { cluster in
            let expected = try FlightsRun.expected(cluster.tool)
            let flights = try FlightsRun(cluster.tool, speed: speed)
            let job = try cluster.submit(["--parallelism", "2"], flights)
            try cluster.waitForCheckpoints(job)
            let busy = try #require(try cluster.busyTaskManagers().first)
            _ = try cluster.succeed(["taskmanager", "drain", busy])
            #expect(try !cluster.busyTaskManagers().contains(busy))
            // All others together have two slots.
            let rest = try #require(try cluster.busyTaskManagers().first)
            let refused = try cluster.weir(["taskmanager", "drain", rest])
            #expect(refused.status == .exited(3))
            #expect(refused.errors.contains("have 2 slots there, and 0 are free elsewhere"))
            try cluster.waitFor(job, "FINISHED")
            #expect(try flights.rows() == expected)
        }
    }

    @Test("submit waits for the end, prints the id alone, and the same id starts nothing anew")
    func submitWaits() async throws {
        try await RealCluster.with(taskManagers: 1) { cluster in
            let flights = try FlightsRun(cluster.tool)
            let id = "00000000000000000000000000000abc"
            for _ in 0..<2 {
                let result = try cluster.succeed(
                    [
                        "submit", Products.path("flights"), "--job-id", id, "--name", "the year",
                        "--",
                    ]
                        + flights.arguments
                )
                #expect(result.output == id + "\n")
            }
            let jobs = try cluster.succeed(["list", "--all"]).json().elements
            #expect(jobs.compactMap { $0["jobId"]?.text } == [id])
            #expect(jobs.first?["name"]?.text == "the year")
            #expect(jobs.first?["state"]?.text == "FINISHED")
            #expect(try cluster.succeed(["list"]).json().elements.isEmpty)
        }
    }

    @Test("relative paths of a job start where it was submitted")
    func relativePaths() async throws {
        try await RealCluster.with(taskManagers: 1) { cluster in
            _ = try FlightsRun(cluster.tool)
            _ = try cluster.succeed(
                [
                    "submit", cluster.tool.world.processes.absolutePath(Products.path("flights")),
                    "--", "--input", "input", "--output", "here",
                ],
                in: cluster.tool.directory
            )
            #expect(try !FlightsRun(cluster.tool, output: "here").rows().isEmpty)
        }
    }

    @Test("a job manager that is killed is started again where it was, and its job goes on")
    func jobManagerComesBack() async throws {
        try await RealCluster.with(taskManagers: 1) { cluster in
            let expected = try FlightsRun.expected(cluster.tool)
            let flights = try FlightsRun(cluster.tool, speed: speed)
            let job = try cluster.submit(["--parallelism", "2"], flights)
            try cluster.waitForCheckpoints(job)
            let first = try #require(try cluster.pid("jobmanager"))
            try cluster.kill(first)
            try cluster.tool.until("another job manager has all slots") {
                let status = try cluster.succeed(["cluster", "status", "--data", cluster.data])
                    .json()
                return status["registeredSlots"]?.integer == 2
                    && status["processes"]?.elements[1]["pid"]?.integer != first
            }
            try cluster.waitFor(job, "FINISHED")
            #expect(try flights.rows() == expected)
        }
    }

    @Test("ends with all its processes when it is stopped, and when its supervisor is killed")
    func ends() async throws {
        try await OwnThread.run {
            let cluster = try RealCluster()
            defer { cluster.end() }
            try cluster.start(taskManagers: 1, slots: 1)
            _ = try cluster.succeed(["cluster", "stop", "--data", cluster.data])
            let gone = try cluster.weir(["cluster", "status", "--data", cluster.data])
            #expect(gone.status == .exited(4))
            #expect(gone.errors.contains("WR-CLI-002 No cluster runs in"))
            let locks = ["jobmanager", "taskmanager-1"].map { cluster.data + "/\($0)/lock" }
            for lock in locks { #expect(try !cluster.tool.world.files.isLocked(lock)) }
            try cluster.start(taskManagers: 1, slots: 1)
            try cluster.kill(try #require(try cluster.pid("supervisor")))
            for lock in locks {
                try cluster.tool.until("\(lock) is free") {
                    try !cluster.tool.world.files.isLocked(lock)
                }
            }
        }
    }
}

extension RealCluster {
    /// Task managers of which jobs have slots.
    func busyTaskManagers() throws -> [String] {
        let client = RESTClient(try ServerURL(rest, position: "test"), token: nil)
        let ids = try client.get("/taskmanagers")["taskmanagers"]?.elements.compactMap {
            $0["id"]?.text
        }
        return try (ids ?? []).filter { id in
            try client.get("/taskmanagers/\(id)")["allocatedSlots"]?.elements.isEmpty == false
        }
    }
}
