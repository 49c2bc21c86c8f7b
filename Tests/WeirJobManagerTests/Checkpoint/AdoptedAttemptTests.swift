import Testing
import WeirCore
import WeirJobManager
import WeirPlan
import WeirSnapshot

@Suite("Checkpoints of an attempt that outlived its job manager")
struct AdoptedAttemptTests {
    private let attempt = Attempt(4)

    private func adopted(
        highest: UInt64,
        completed: UInt64,
        isFinal: Bool = false
    ) throws -> (Conversation, [CheckpointAction]) {
        var job = try Conversation()
        let actions = job.say(
            .attemptAdopted(
                attempt,
                highest: CheckpointID(highest),
                completed: CheckpointID(completed),
                isFinal: isFinal
            ),
            at: 0
        )
        return (job, actions)
    }

    private func completions(_ actions: [CheckpointAction]) -> [CheckpointID] {
        actions.compactMap {
            if case .notifyComplete(let id, _) = $0 { return id }
            return nil
        }
    }

    private func abortions(_ actions: [CheckpointAction]) -> [CheckpointID] {
        actions.compactMap {
            if case .notifyAborted(let id, _, _) = $0 { return id }
            return nil
        }
    }

    @Test("the newest stored one is complete, those after it are given up, the next one is higher")
    func inFlight() throws {
        var (job, actions) = try adopted(highest: 9, completed: 7)
        #expect(completions(actions) == [CheckpointID(7)])
        #expect(abortions(actions) == [CheckpointID(8), CheckpointID(9)])
        #expect(job.say(.allTasksRunning(attempt), at: 0) == [])
        let next = job.say(.timerFired, at: 100)
        let barrier = CheckpointBarrier(
            checkpoint: CheckpointID(10),
            attempt: attempt,
            completed: CheckpointID(7),
            triggeredAt: 100
        )
        #expect(next == [.trigger(Conversation.sources, barrier)])
        // Answers for what was given up count no more.
        #expect(
            job.say(
                .acknowledged(
                    Conversation.tasks[0],
                    attempt,
                    CheckpointID(9),
                    Conversation.snapshot(of: Conversation.tasks[0])
                )
            ) == []
        )
        let published = job.acknowledgeAll(10, attempt: attempt)
        #expect(published.manifest?.attempt == attempt)
    }

    @Test("nothing is complete before the first one")
    func noneStored() throws {
        let (_, actions) = try adopted(highest: 2, completed: 0)
        #expect(completions(actions).isEmpty)
        #expect(abortions(actions) == [CheckpointID(1), CheckpointID(2)])
    }

    @Test("files of those given up are discarded, of none that is complete")
    func discards() throws {
        var job = try Conversation()
        job.leavesOutHousekeeping = false
        let actions = job.say(
            .attemptAdopted(
                attempt,
                highest: CheckpointID(9),
                completed: CheckpointID(7),
                isFinal: false
            ),
            at: 0
        )
        #expect(actions.contains(.discard(CheckpointID(8)...CheckpointID(9))))
        var quiet = try Conversation()
        quiet.leavesOutHousekeeping = false
        let none = quiet.say(
            .attemptAdopted(
                attempt,
                highest: CheckpointID(7),
                completed: CheckpointID(7),
                isFinal: false
            ),
            at: 0
        )
        #expect(!none.contains { if case .discard = $0 { true } else { false } })
    }

    @Test("a stored final one ends the job once all tasks have committed it")
    func final() throws {
        var (job, actions) = try adopted(highest: 7, completed: 7, isFinal: true)
        #expect(completions(actions) == [CheckpointID(7)])
        for source in Conversation.sources { _ = job.say(.inputExhausted(source, attempt)) }
        #expect(job.say(.allTasksRunning(attempt)) == [])
        for task in Conversation.tasks.dropLast() {
            #expect(job.say(.committed(task, attempt, CheckpointID(7))) == [])
        }
        let last = try #require(Conversation.tasks.last)
        #expect(
            job.say(.committed(last, attempt, CheckpointID(7)))
                == [.finishJob(CheckpointID(7), isSuspended: false)]
        )
    }

    @Test(
        "a wish to stop goes on: the sources are told again, and the last checkpoint is no final one"
    )
    func stopping() throws {
        var (job, _) = try adopted(highest: 7, completed: 7)
        #expect(job.say(.stopRequested(drain: false)) == [])
        for source in Conversation.sources { _ = job.say(.inputExhausted(source, attempt)) }
        let actions = job.say(.allTasksRunning(attempt))
        #expect(actions.first == .stopSources(drain: false))
        _ = job.say(.timerFired, at: 1)
        let manifest = job.acknowledgeAll(8, attempt: attempt).manifest
        #expect(manifest?.purpose == .checkpoint)
    }

    @Test("an attempt that is over is not taken over")
    func stale() throws {
        var job = try Conversation.running()
        #expect(
            job.say(
                .attemptAdopted(
                    Conversation.first,
                    highest: CheckpointID(3),
                    completed: CheckpointID(3),
                    isFinal: false
                )
            ) == []
        )
    }
}
