import Testing
import WeirCore
import WeirJobManager
import WeirPlan

@Suite("The record of a job's execution")
struct ExecutionGraphTests {
    private let first = TaskID(vertex: 0, subtask: 0)
    private let second = TaskID(vertex: 0, subtask: 1)
    private let places = [
        SlotLocation(taskManager: "a", worker: 1), SlotLocation(taskManager: "b", worker: 2),
    ]
    private let error = WeirError(.workerLost, "worker 2 ended")

    private func record() throws -> ExecutionGraph {
        let node = StreamNode(
            number: 0,
            path: "source",
            name: "source",
            role: .source,
            parallelism: nil,
            inputs: [],
            outputs: [],
            keyColumns: nil,
            isStateful: false,
            allowsChaining: true
        )
        let graph = try JobGraph(
            StreamGraph(name: "job", nodes: [node]),
            parallelism: 2,
            maxParallelism: 16
        )
        return ExecutionGraph(graph, at: 100)
    }

    private func running() throws -> ExecutionGraph {
        var record = try record()
        record.handle(.scheduled(Attempt(1)), at: 110)
        record.handle(.deployed(Attempt(1), places), at: 120)
        record.handle(.running(first, Attempt(1)), at: 130)
        #expect(record.state == .created)
        #expect(record.counts == [.running: 1, .deploying: 1])
        record.handle(.running(second, Attempt(1)), at: 140)
        return record
    }

    @Test("has the job run when all of its tasks do, and knows when and where")
    func runs() throws {
        let record = try running()
        #expect(record.state == .running)
        #expect(record.times == [.created: 100, .running: 140])
        let execution = try #require(record.executions[second])
        #expect(execution.taskManager == "b")
        #expect(execution.worker == 2)
        #expect(
            execution.times == [
                .created: 110, .scheduled: 110, .deploying: 120, .running: 140,
            ]
        )
    }

    @Test("tells what failed and where, and takes the tasks of the next attempt for new ones")
    func restarts() throws {
        var record = try running()
        record.handle(.failed(Attempt(1), error, second), at: 200)
        record.handle(.cancelling(Attempt(1)), at: 201)
        record.handle(.cancelled(Attempt(1)), at: 202)
        #expect(record.state == .restarting)
        #expect(record.counts == [.failed: 1, .canceled: 1])
        let failure = try #require(record.failures.first)
        #expect(failure.taskName == "source 2/2")
        #expect(failure.taskManager == "b")
        #expect(failure.time == 200)
        record.handle(.scheduled(Attempt(2)), at: 300)
        #expect(record.counts == [.scheduled: 2])
        // What is told of the attempt before comes too late.
        record.handle(.running(first, Attempt(1)), at: 301)
        #expect(record.counts == [.scheduled: 2])
        record.handle(.deployed(Attempt(2), places), at: 302)
        record.handle(.running(first, Attempt(2)), at: 303)
        record.handle(.running(second, Attempt(2)), at: 303)
        #expect(record.state == .running)
        #expect(record.times[.running] == 303)
    }

    @Test(
        "has the tasks of a job that finished finish, and those of one that was cancelled cancelled"
    )
    func ends() throws {
        var finished = try running()
        finished.handle(.cancelling(Attempt(1)), at: 400)
        finished.handle(.cancelled(Attempt(1)), at: 401)
        finished.handle(.ended(.finished), at: 402)
        #expect(finished.state == .finished)
        #expect(finished.counts == [.finished: 2])
        var cancelled = try running()
        cancelled.handle(.cancelRequested, at: 400)
        #expect(cancelled.state == .cancelling)
        cancelled.handle(.cancelling(Attempt(1)), at: 400)
        cancelled.handle(.cancelled(Attempt(1)), at: 401)
        cancelled.handle(.ended(.canceled), at: 402)
        #expect(cancelled.counts == [.canceled: 2])
        #expect(cancelled.state == .canceled)
        // Nothing follows.
        cancelled.handle(.failed(Attempt(1), error, nil), at: 500)
        cancelled.handle(.cancelRequested, at: 500)
        #expect(cancelled.state == .canceled)
        #expect(cancelled.failures.isEmpty)
    }

    @Test("keeps the last failures, and says that there were more")
    func bounded() throws {
        var record = try running()
        for number in 0..<20 {
            record.handle(.failed(Attempt(1), error, nil), at: Int64(200 + number))
        }
        #expect(record.failures.count == ExecutionGraph.mostFailures)
        #expect(record.failures.last?.time == 219)
        #expect(record.isTruncated)
    }
}
