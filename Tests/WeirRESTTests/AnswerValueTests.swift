import Testing
import WeirREST

/// Numbers that are derived from what the cluster says.
@Suite("Values of answers")
struct AnswerValueTests {
    private func get(_ path: String, job: JobDetails = FixedJob.details) async throws -> JSONTree {
        let running = try await RunningServer(cluster: FixedCluster(job: job))
        let answer = try await running.get("/jobs/\(FixedJob.id)" + path)
        await running.server.stop()
        return answer.json
    }

    @Test("a subtask's time in each state is what Flink computed from the same times")
    func stateDurations() async throws {
        let subtask = try await get("/vertices/\(FixedJob.window)")["subtasks"][0]
        #expect(
            subtask["status-duration"]
                == .object([
                    "CREATED": .integer(6), "SCHEDULED": .integer(89), "DEPLOYING": .integer(26),
                    "INITIALIZING": .integer(161), "RUNNING": .integer(8672),
                ])
        )
        #expect(subtask["start-time"] == .integer(1_795_374_327_090))
        #expect(subtask["end-time"] == .integer(-1))
        #expect(subtask["duration"] == .integer(8859))
    }

    @Test("quartiles of two subtasks are what Flink computed from the same numbers")
    func quartiles() async throws {
        let metrics = try await get("/vertices/\(FixedJob.window)")["aggregated"]["metrics"]
        #expect(
            metrics["accumulated-idle-time"]
                == .object([
                    "min": .integer(7081), "max": .integer(7108), "avg": .integer(7094),
                    "sum": .integer(14_189), "median": .integer(7094), "p25": .integer(7081),
                    "p75": .integer(7108), "p95": .integer(7108),
                ])
        )
    }

    @Test("a running job has no end, and lasts until now")
    func runningJob() async throws {
        let job = try await get("")
        #expect(job["end-time"] == .integer(-1))
        #expect(job["duration"] == .integer(8977))
        #expect(job["timestamps"]["RUNNING"] == .integer(1_795_374_327_001))
        #expect(job["timestamps"]["FINISHED"] == .integer(0))
        #expect(job["status-counts"]["RUNNING"] == .integer(2))
        #expect(job["vertices"][1]["metrics"]["read-records"] == .integer(15_850))
        #expect(job["vertices"][1]["tasks"]["RUNNING"] == .integer(2))
    }

    @Test("a job under way has no result")
    func noResult() async throws {
        let result = try await get("/execution-result")
        #expect(
            result
                == .object([
                    "status": .object(["id": .text("IN_PROGRESS")]), "job-execution-result": .null,
                ])
        )
    }

    @Test("the result of a failed job says why it failed")
    func failedResult() async throws {
        var job = FixedJob.details
        job.summary.status = .failed
        job.summary.endTime = job.summary.startTime + 500
        let result = try await get("/execution-result", job: job)
        #expect(result["status"]["id"] == .text("COMPLETED"))
        #expect(
            result["job-execution-result"]
                == .object([
                    "id": .text(FixedJob.id), "name": .text("latency-tumble"),
                    "application-status": .text("FAILED"), "accumulator-results": .object([:]),
                    "net-runtime": .integer(500), "application-id": .text(FixedJob.id),
                    "start-time": .integer(1_795_374_326_972),
                    "end-time": .integer(1_795_374_327_472),
                    "failure-cause": .object([
                        "class": .text("WR-JOB-002"),
                        "stack-trace": .text("WR-JOB-002 A task failed."),
                        "serialized-throwable": .text(""),
                    ]),
                ])
        )
    }

    @Test("a finished vertex ends with its last subtask")
    func finishedVertex() async throws {
        var job = FixedJob.details
        for index in 0...1 {
            job.vertices[0].subtasks[index].state = .finished
            job.vertices[0].subtasks[index].stateTimes[.finished] = 1_795_374_330_000 + Int64(index)
        }
        let vertex = try await get("", job: job)["vertices"][0]
        #expect(vertex["status"] == .text("FINISHED"))
        #expect(vertex["end-time"] == .integer(1_795_374_330_001))
        #expect(vertex["duration"] == .integer(2912))
    }

    @Test("a task that has no task manager yet is unassigned")
    func unassigned() async throws {
        var job = FixedJob.details
        job.vertices[0].subtasks = [
            SubtaskDetails(index: 0, state: .scheduled, stateTimes: [.created: 1, .scheduled: 2])
        ]
        let vertex = try await get("/vertices/\(FixedJob.source)", job: job)
        #expect(vertex["subtasks"][0]["endpoint"] == .text("(unassigned)"))
        #expect(vertex["subtasks"][0]["start-time"] == .integer(-1))
        #expect(vertex["subtasks"][0]["duration"] == .integer(-1))
    }

    @Test("a failed savepoint says when and why, one under way neither")
    func otherCheckpoints() async throws {
        let failed = try await get("/checkpoints/details/10")
        #expect(failed["className"] == .text("failed"))
        #expect(failed["failure_timestamp"] == .integer(77))
        #expect(failed["failure_message"] == .text("It is slow."))
        #expect(failed["checkpoint_type"] == .text("SAVEPOINT"))
        #expect(failed["savepointFormat"] == .text("NATIVE"))
        let pending = try await get("/checkpoints/details/11")
        #expect(pending["className"] == .text("in_progress"))
        #expect(pending["checkpoint_type"] == .text("UNALIGNED_CHECKPOINT"))
        #expect(!pending.keys.contains("external_path"))
        #expect(!pending.keys.contains("failure_message"))
    }

    @Test("percentiles lie between samples as Flink's do, and without samples are none")
    func percentiles() {
        let sizes = Distribution(of: [30, 10, 20, 40])
        #expect(sizes.percentile(50) == 25)
        #expect(sizes.percentile(25) == 12.5)
        #expect(sizes.percentile(99) == 40)
        #expect(sizes.average == 25)
        #expect(Distribution(of: []).percentile(50).isNaN)
        #expect(Distribution(of: []).maximum == 0)
    }
}
