import Testing
import WeirControl
import WeirCore
import WeirJobManager
import WeirPlan
import WeirTransport

@Suite("Taking tasks over from the leader before")
struct JobAdoptionTests {
    private let addresses = [DataAddress(host: "a", port: 1), DataAddress(host: "b", port: 2)]

    private func adoption() -> JobAdoption {
        JobAdoption(lastAttempt: Attempt(3), graphFingerprint: 42, slotCount: 3, deadline: 100)
    }

    private func part(_ own: Int, attempt: UInt64 = 3) -> DeployedPart {
        var part = DeployedPart(
            attempt: Attempt(attempt),
            slots: [0, 0, 1],
            workers: addresses,
            own: own
        )
        part.running = [TaskID(vertex: 0, subtask: own)]
        part.highest = CheckpointID(UInt64(7 + own))
        part.completed = CheckpointID(6)
        return part
    }

    private func standing(
        _ own: Int,
        _ part: DeployedPart?,
        fingerprint: UInt64 = 42
    ) -> JobAdoption.Event {
        .standing(
            UInt32(10 + own),
            taskManager: "tm-\(own)",
            host: addresses[own].host,
            WorkerStanding(
                dataPort: addresses[own].port,
                graphFingerprint: fingerprint,
                deployed: part
            )
        )
    }

    @Test("waits for each worker of the attempt, in whatever order they come")
    func whole() throws {
        var adoption = adoption()
        var second = part(1)
        second.exhausted = [TaskID(vertex: 0, subtask: 1)]
        #expect(adoption.handle(standing(1, second), at: 1) == nil)
        // Told twice is told once.
        #expect(adoption.handle(standing(1, second), at: 2) == nil)
        let outcome = adoption.handle(standing(0, part(0)), at: 3)
        guard case .adopt(let attempt, let workers, let slots) = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        #expect(attempt.attempt == Attempt(3))
        #expect(attempt.running.count == 2)
        #expect(attempt.exhausted == second.exhausted)
        #expect(attempt.highest == CheckpointID(8))
        #expect(attempt.completed == CheckpointID(6))
        #expect(workers.map(\.number) == [10, 11])
        #expect(workers.map(\.taskManager) == ["tm-0", "tm-1"])
        #expect(workers.map(\.address) == addresses)
        #expect(slots == [0, 0, 1])
    }

    private func isGivenUp(_ outcome: JobAdoption.Outcome?) -> Bool {
        if case .giveUp = outcome { return true }
        return false
    }

    @Test("is given up if a worker runs another attempt, nothing, another graph, or has failed")
    func mismatches() {
        var failed = part(0)
        failed.failure = WeirError(.jobFailed, "a task failed")
        let others: [JobAdoption.Event] = [
            standing(0, part(0, attempt: 2)), standing(0, part(0, attempt: 4)), standing(0, nil),
            standing(0, part(0), fingerprint: 41), standing(0, failed),
            standing(0, DeployedPart(attempt: Attempt(3), slots: [0], workers: addresses, own: 0)),
        ]
        for event in others {
            var adoption = adoption()
            #expect(isGivenUp(adoption.handle(event, at: 1)), "\(event)")
        }
    }

    @Test("is given up if workers tell of different deployments")
    func differentDeployments() {
        var adoption = adoption()
        #expect(adoption.handle(standing(0, part(0)), at: 1) == nil)
        let other = DeployedPart(
            attempt: Attempt(3),
            slots: [0, 1, 1],
            workers: addresses,
            own: 1
        )
        #expect(isGivenUp(adoption.handle(standing(1, other), at: 2)))
    }

    @Test("knows what tasks tell between the standing of their worker and the last one")
    func toldMeanwhile() throws {
        var adoption = adoption()
        let task = TaskID(vertex: 0, subtask: 1)
        func ended(_ number: UInt32) -> JobAdoption.Event {
            .task(number, TaskEvent(task: task, attempt: Attempt(3), kind: .ended))
        }
        // Of a worker that was not heard, its standing will tell.
        #expect(adoption.handle(ended(11), at: 1) == nil)
        #expect(adoption.handle(standing(1, part(1)), at: 2) == nil)
        #expect(adoption.handle(ended(11), at: 3) == nil)
        let outcome = adoption.handle(standing(0, part(0)), at: 4)
        guard case .adopt(let attempt, _, _) = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        #expect(attempt.exhausted == [task])
    }

    @Test("is given up if a task fails meanwhile")
    func failedMeanwhile() {
        var adoption = adoption()
        #expect(adoption.handle(standing(1, part(1)), at: 1) == nil)
        let failure = TaskEvent(
            task: TaskID(vertex: 0, subtask: 1),
            attempt: Attempt(3),
            kind: .failed(WeirError(.jobFailed, "a task failed"))
        )
        #expect(isGivenUp(adoption.handle(.task(11, failure), at: 2)))
    }

    @Test("knows what the sources were told, if only some of them were", arguments: [false, true])
    func stopped(drain: Bool) {
        var adoption = adoption()
        var told = part(1)
        told.noteStop(drain: drain)
        #expect(adoption.handle(standing(0, part(0)), at: 1) == nil)
        let outcome = adoption.handle(standing(1, told), at: 2)
        guard case .adopt(let attempt, _, _) = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        #expect(attempt.sources == (drain ? .drained : .suspended))
    }

    @Test("is given up when a worker that was counted ends, or time is over")
    func losses() {
        var adoption = adoption()
        #expect(adoption.handle(.workerEnded(77), at: 1) == nil)
        #expect(adoption.handle(standing(0, part(0)), at: 1) == nil)
        #expect(adoption.handle(.timePassed, at: 99) == nil)
        var late = adoption
        #expect(isGivenUp(adoption.handle(.workerEnded(10), at: 2)))
        #expect(isGivenUp(late.handle(.timePassed, at: 100)))
    }
}
