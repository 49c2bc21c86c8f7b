import Testing
import WeirCore
import WeirJobManager
import WeirPlan
import WeirSnapshot

@Suite("A job that is to be stopped")
struct StopTests {
    private let first = Conversation.first
    private let sources = Conversation.sources
    private let full = WeirError(.diskFull, "full", fix: "Free some.")
    private let second: Int64 = 1_000_000_000

    /// A conversation in which the sources of a job have stopped, as asked.
    private func stopping(drain: Bool, interval: Int64? = nil) throws -> Conversation {
        var job = try Conversation.running(interval: interval, timeout: 60 * second)
        _ = job.say(.stopRequested(drain: drain), at: 10)
        for source in sources { _ = job.say(.inputExhausted(source, first), at: 10) }
        return job
    }

    /// A task declines the checkpoint that is in progress.
    private func decline(_ job: inout Conversation) -> [CheckpointAction] {
        let id = job.coordinator.pending ?? .none
        return job.say(.declined(Conversation.tasks[3], first, id, full))
    }

    private func giveUp(_ actions: [CheckpointAction]) -> (failures: Int, error: WeirError)? {
        for case .stopFailed(let failures, let error) in actions { return (failures, error) }
        return nil
    }

    @Test("ends without a last checkpoint after three that failed", arguments: [true, false])
    func threeFailures(drain: Bool) throws {
        var job = try stopping(drain: drain)
        #expect(giveUp(decline(&job)) == nil)
        _ = job.say(.timerFired, at: 2 * second)
        #expect(giveUp(decline(&job)) == nil)
        _ = job.say(.timerFired, at: 4 * second)
        let end = try #require(giveUp(decline(&job)))
        #expect(end.failures == 3)
        #expect(end.error.message == "Checkpoint 3 failed at count 2/2.")
        #expect(end.error.fix == "Free some.")
        #expect(job.say(.timerFired, at: 900 * second) == [])
        #expect(job.say(.savepointRequested(token: 1)).count == 1)
        #expect(job.say(.attemptStarted(Attempt(2), highest: .none)) == [])
    }

    @Test("is given up in bounded time where its last checkpoints only take too long")
    func timeouts() throws {
        var job = try stopping(drain: false)
        var actions: [CheckpointAction] = []
        var time: Int64 = 10
        while giveUp(actions) == nil, time < 1000 * second {
            time += second
            actions = job.say(.timerFired, at: time)
        }
        #expect(time < 190 * second)
        #expect(giveUp(actions)?.error.message.contains("4 of 4 tasks did not answer") == true)
    }

    @Test("does not wait for an interval of ten minutes between its last checkpoints")
    func longInterval() throws {
        var job = try stopping(drain: false, interval: 600 * second)
        _ = decline(&job)
        #expect(job.say(.timerFired, at: second - 1) == [])
        #expect(
            job.say(.timerFired, at: second + 10)
                == [.trigger(sources, Conversation.barrier(2, at: second + 10))]
        )
    }

    @Test("counts failures since it was asked for, in a row, and those of attempts as well")
    func whatCounts() throws {
        var job = try Conversation.running(interval: 100, timeout: 60 * second)
        for time: Int64 in [100, 300, 700] {
            _ = job.say(.timerFired, at: time)
            #expect(giveUp(decline(&job)) == nil)
        }
        _ = job.say(.stopRequested(drain: false), at: 800)
        #expect(job.say(.attemptFailed(full)) == [])
        _ = job.say(.attemptStarted(Attempt(2), highest: .none))
        #expect(job.say(.allTasksRunning(Attempt(2))) == [.stopSources(drain: false)])
        #expect(job.say(.attemptFailed(full)) == [])
        _ = job.say(.attemptStarted(Attempt(3), highest: .none))
        #expect(job.say(.attemptFailed(full)) == [.stopFailed(failures: 3, full)])
    }

    @Test("starts to count anew when a checkpoint completes before the sources have stopped")
    func success() throws {
        var job = try Conversation.running(interval: 100, timeout: 60 * second)
        _ = job.say(.stopRequested(drain: false), at: 10)
        for _ in 0..<2 {
            _ = job.say(.timerFired, at: job.now + 500)
            #expect(giveUp(decline(&job)) == nil)
        }
        _ = job.say(.timerFired, at: job.now + 500)
        _ = job.acknowledgeAll(3)
        _ = job.say(.manifestPublished(CheckpointID(3)))
        for count in 1...3 {
            _ = job.say(.timerFired, at: job.now + 500)
            #expect((giveUp(decline(&job)) != nil) == (count == 3))
        }
    }

    @Test("after its input has ended and the final checkpoint failed ends as well")
    func afterTheEnd() throws {
        var job = try Conversation.running(interval: 100, timeout: 60 * second)
        for source in sources { _ = job.say(.inputExhausted(source, first), at: 10) }
        for _ in 0..<8 {
            #expect(giveUp(decline(&job)) == nil, "nobody asked")
            job.now += 60 * second
            #expect(job.say(.timerFired).count == 1)
        }
        _ = decline(&job)
        // Asked, it does not wait for the end of the back-off.
        _ = job.say(.stopRequested(drain: false), at: job.now + second)
        for count in 1...3 {
            #expect(job.coordinator.pending != nil)
            #expect((giveUp(decline(&job)) != nil) == (count == 3))
            _ = job.say(.timerFired, at: job.now + second)
        }
    }

    @Test("that fails past the tolerable number counts each failure once")
    func tolerable() throws {
        var job = try Conversation.running(interval: 100, tolerableFailures: 0)
        _ = job.say(.stopRequested(drain: false), at: 10)
        for count in 1...3 {
            let attempt = Attempt(UInt64(count))
            _ = job.say(.timerFired, at: job.now + second)
            let id = job.coordinator.pending ?? .none
            let actions = job.say(.declined(Conversation.tasks[3], attempt, id, full))
            #expect(giveUp(actions) == nil)
            #expect((giveUp(job.say(.attemptFailed(full))) != nil) == (count == 3))
            _ = job.say(.attemptStarted(Attempt(UInt64(count) + 1), highest: .none))
            _ = job.say(.allTasksRunning(Attempt(UInt64(count) + 1)))
        }
    }
}
