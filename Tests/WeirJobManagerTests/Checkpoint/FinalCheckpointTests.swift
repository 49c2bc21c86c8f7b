import Testing
import WeirCore
import WeirJobManager
import WeirPlan
import WeirSnapshot

@Suite("The end of a job")
struct FinalCheckpointTests {
    private let first = Conversation.first
    private let one = CheckpointID(1)
    private let sources = Conversation.sources

    @Test("when all sources are exhausted a final checkpoint is taken; its commit ends the job")
    func endOfInput() throws {
        var job = try Conversation.running(interval: nil)
        #expect(job.say(.inputExhausted(sources[0], first), at: 5) == [])
        #expect(
            job.say(.inputExhausted(sources[1], first), at: 7)
                == [.trigger(sources, Conversation.barrier(1, at: 7, purpose: .final))]
        )
        #expect(job.acknowledgeAll(1).manifest?.purpose == .final)
        #expect(job.say(.manifestPublished(one)) == [.notifyComplete(one, first)])
        for task in Conversation.tasks.dropLast() {
            #expect(job.say(.committed(task, first, one)) == [])
        }
        #expect(job.say(.committed(Conversation.tasks[3], Attempt(9), one)) == [])
        #expect(
            job.say(.committed(Conversation.tasks[3], first, one)) == [
                .finishJob(one, isSuspended: false)
            ]
        )
        #expect(job.say(.committed(Conversation.tasks[3], first, one)) == [])
        #expect(job.say(.timerFired, at: 9999) == [])
    }

    @Test("checkpoints go on while some sources are exhausted, and the final one waits for them")
    func pendingFirst() throws {
        var job = try Conversation.running()
        _ = job.say(.inputExhausted(sources[0], first))
        #expect(
            job.say(.timerFired, at: 100)
                == [.trigger(sources, Conversation.barrier(1, at: 100))]
        )
        #expect(job.say(.inputExhausted(sources[1], first)) == [])
        _ = job.acknowledgeAll(1)
        #expect(
            job.say(.manifestPublished(one), at: 120) == [
                .notifyComplete(one, first),
                .trigger(sources, Conversation.barrier(2, at: 120, purpose: .final, after: one)),
            ]
        )
    }

    @Test("a final checkpoint that fails is taken again")
    func finalFails() throws {
        var job = try Conversation.running(interval: 100)
        for source in sources { _ = job.say(.inputExhausted(source, first), at: 10) }
        _ = job.acknowledgeAll(1)
        let full = WeirError(.diskFull, "full")
        #expect(job.say(.manifestFailed(one, full)) == [.notifyAborted(one, first, full)])
        #expect(job.say(.timerFired, at: 109) == [])
        #expect(
            job.say(.timerFired, at: 110)
                == [.trigger(sources, Conversation.barrier(2, at: 110, purpose: .final))]
        )
    }

    @Test("a task that has finished answers with its last state, in this and in later checkpoints")
    func finishedTasks() throws {
        var job = try Conversation.running()
        _ = job.say(.timerFired, at: 100)
        _ = job.acknowledgeAll(1, except: [sources[1]])
        let last = Conversation.snapshot(of: sources[1])
        #expect(job.say(.taskFinished(sources[1], first, last)).manifest?.checkpoint == one)
        _ = job.say(.manifestPublished(one), at: 110)
        #expect(
            job.say(.timerFired, at: 200)
                == [.trigger([sources[0]], Conversation.barrier(2, at: 200, after: one))]
        )
        let manifest = job.acknowledgeAll(2, except: [sources[1]]).manifest
        #expect(manifest?.operators.map(\.subtasks.count) == [2, 2])
    }

    @Test("where all that is upstream has finished, tasks are triggered themselves")
    func triggerDownstream() throws {
        var job = try Conversation.running(interval: nil)
        _ = job.say(.taskFinished(sources[0], first, Conversation.snapshot(of: sources[0])))
        let rest = Array(Conversation.tasks[2...])
        #expect(
            job.say(.taskFinished(sources[1], first, Conversation.snapshot(of: sources[1])), at: 3)
                == [.trigger(rest, Conversation.barrier(1, at: 3, purpose: .final))]
        )
    }

    @Test("when all tasks have finished, the final checkpoint needs no answers")
    func allFinished() throws {
        var job = try Conversation.running(interval: nil)
        var actions: [CheckpointAction] = []
        for task in Conversation.tasks.reversed() where task != sources[0] {
            actions = job.say(.taskFinished(task, first, Conversation.snapshot(of: task)))
            #expect(actions == [])
        }
        actions = job.say(
            .taskFinished(sources[0], first, Conversation.snapshot(of: sources[0]))
        )
        #expect(actions.count == 1)
        #expect(actions.manifest?.operators.map(\.subtasks.count) == [2, 2])
        #expect(
            job.say(.manifestPublished(one)) == [
                .notifyComplete(one, first), .finishJob(one, isSuspended: false),
            ]
        )
    }

    @Test("to stop, the sources are stopped first, then the final checkpoint is taken")
    func stop() throws {
        var job = try Conversation.running(interval: nil)
        #expect(job.say(.stopRequested(drain: true)) == [.stopSources(drain: true)])
        _ = job.say(.inputExhausted(sources[0], first))
        #expect(
            job.say(.inputExhausted(sources[1], first), at: 3)
                == [.trigger(sources, Conversation.barrier(1, at: 3, purpose: .final))]
        )
    }

    @Test("a suspended job takes a last checkpoint that does not say that its input has ended")
    func suspend() throws {
        var job = try Conversation.running(interval: nil)
        #expect(job.say(.stopRequested(drain: false)) == [.stopSources(drain: false)])
        #expect(job.say(.stopRequested(drain: false)) == [], "asked twice")
        _ = job.say(.inputExhausted(sources[0], first))
        #expect(
            job.say(.inputExhausted(sources[1], first), at: 3)
                == [.trigger(sources, Conversation.barrier(1, at: 3, purpose: .checkpoint))]
        )
        #expect(job.acknowledgeAll(1).manifest?.purpose == .checkpoint)
        _ = job.say(.manifestPublished(one))
        var actions: [CheckpointAction] = []
        for task in Conversation.tasks { actions = job.say(.committed(task, first, one)) }
        #expect(actions == [.finishJob(one, isSuspended: true)])
    }

    @Test("a stop that comes when the input has ended anyway changes nothing")
    func stopAtTheEnd() throws {
        var job = try Conversation.running(interval: nil)
        for source in sources { _ = job.say(.inputExhausted(source, first)) }
        #expect(job.say(.stopRequested(drain: false)) == [])
        #expect(job.acknowledgeAll(1).manifest?.purpose == .final)
    }

    @Test("a stop that was asked for before all tasks ran, or before a restart, is not forgotten")
    func stopWhileDeploying() throws {
        var job = try Conversation()
        _ = job.say(.attemptStarted(first, highest: .none), at: 0)
        #expect(job.say(.stopRequested(drain: true)) == [])
        #expect(job.say(.allTasksRunning(first)) == [.stopSources(drain: true)])
        let second = Attempt(2)
        _ = job.say(.attemptStarted(second, highest: .none))
        #expect(job.say(.allTasksRunning(second)) == [.stopSources(drain: true)])
    }

    @Test("readers whose splits come through an input are sources, the enumerators are not")
    func splits() throws {
        var job = try Conversation.withEnumerator()
        #expect(job.say(.inputExhausted(Conversation.enumerator, first)) == [])
        #expect(job.say(.inputExhausted(Conversation.readers[0], first)) == [])
        #expect(
            job.say(.inputExhausted(Conversation.readers[1], first), at: 4) == [
                .trigger(
                    [Conversation.enumerator],
                    Conversation.barrier(1, at: 4, purpose: .final)
                )
            ]
        )
    }

    @Test("a job that is started again before its commit is confirmed ends again")
    func restartBeforeCommit() throws {
        var job = try Conversation.running(interval: nil)
        for source in sources { _ = job.say(.inputExhausted(source, first)) }
        _ = job.acknowledgeAll(1)
        _ = job.say(.manifestPublished(one))
        let second = Attempt(2)
        _ = job.say(.attemptStarted(second, highest: one))
        _ = job.say(.allTasksRunning(second))
        for task in Conversation.tasks { #expect(job.say(.committed(task, first, one)) == []) }
        _ = job.say(.inputExhausted(sources[0], second))
        let barrier = Conversation.barrier(2, at: 8, attempt: second, purpose: .final)
        #expect(
            job.say(.inputExhausted(sources[1], second), at: 8) == [.trigger(sources, barrier)]
        )
    }

    @Test("savepoints asked for at the end are refused, not forgotten")
    func lateSavepoint() throws {
        var job = try Conversation.running(interval: nil)
        for source in sources { _ = job.say(.inputExhausted(source, first)) }
        _ = job.acknowledgeAll(1)
        #expect(job.say(.savepointRequested(token: 4)) == [])
        let refused = job.say(.manifestPublished(one)) + job.say(.savepointRequested(token: 5))
        let tokens = refused.compactMap { action -> UInt64? in
            if case .savepointFailed(let token, _) = action { token } else { nil }
        }
        #expect(tokens == [4, 5])
    }
}
