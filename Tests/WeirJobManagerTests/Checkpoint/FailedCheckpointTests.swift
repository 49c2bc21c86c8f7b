import Testing
import WeirCore
import WeirJobManager
import WeirPlan
import WeirSnapshot

@Suite("After a failed checkpoint")
struct FailedCheckpointTests {
    private let first = Conversation.first
    private let full = WeirError(.diskFull, "full")
    private let second: Int64 = 1_000_000_000

    private func decline(_ job: inout Conversation) -> [CheckpointAction] {
        let id = job.coordinator.pending ?? .none
        return job.say(.declined(Conversation.tasks[0], first, id, full))
    }

    /// Seconds from each start to the next while all checkpoints fail at once.
    private func pauses(_ job: inout Conversation, count: Int) -> [Int64] {
        var starts: [Int64] = []
        while starts.count <= count {
            while job.coordinator.pending == nil { _ = job.say(.timerFired, at: job.now + second) }
            starts.append(job.now)
            _ = decline(&job)
        }
        return zip(starts, starts.dropFirst()).map { ($1 - $0) / second }
    }

    @Test("the next comes after twice the time with each failure in a row, at most a minute")
    func backOff() throws {
        var job = try Conversation.running(interval: 2 * second, timeout: second)
        #expect(pauses(&job, count: 8) == [2, 4, 8, 16, 32, 60, 60, 60])
    }

    @Test("an interval of more than a minute stays as it is")
    func longInterval() throws {
        var job = try Conversation.running(interval: 90 * second, timeout: second)
        #expect(pauses(&job, count: 3) == [90, 90, 90])
    }

    @Test("success ends the back-off")
    func success() throws {
        var job = try Conversation.running(interval: 2 * second, timeout: second)
        _ = pauses(&job, count: 5)
        while job.coordinator.pending == nil { _ = job.say(.timerFired, at: job.now + second) }
        let start = job.now
        let id = try #require(job.coordinator.pending)
        _ = job.acknowledgeAll(id.number)
        _ = job.say(.manifestPublished(id))
        #expect(job.say(.timerFired, at: start + 2 * second).count == 1)
        _ = decline(&job)
        #expect(job.say(.timerFired, at: start + 4 * second).count == 1)
    }

    @Test("the final checkpoint of an input that has ended is tried for ever, with back-off")
    func final() throws {
        var job = try Conversation.running(interval: second, timeout: second)
        for source in Conversation.sources { _ = job.say(.inputExhausted(source, first), at: 0) }
        #expect(pauses(&job, count: 9) == [1, 2, 4, 8, 16, 32, 60, 60, 60])
    }

    @Test("a savepoint waits a second at most")
    func savepoint() throws {
        var job = try Conversation.running(interval: 2 * second, timeout: second)
        _ = pauses(&job, count: 6)
        #expect(job.say(.savepointRequested(token: 1)) == [])
        let started = job.say(.timerFired, at: job.now + second)
        #expect(started.count == 1)
        #expect(job.coordinator.pending != nil)
    }

    @Test("what was given up since the last completed one is to be deleted, that one never")
    func discard() throws {
        var job = try Conversation.running(interval: 100, timeout: second)
        job.leavesOutHousekeeping = false
        func discarded(_ actions: [CheckpointAction]) -> ClosedRange<UInt64>? {
            for case .discard(let range) in actions {
                return range.lowerBound.number...range.upperBound.number
            }
            return nil
        }
        _ = job.say(.timerFired, at: 100)
        #expect(discarded(decline(&job)) == 1...1)
        _ = job.say(.timerFired, at: 300)
        #expect(discarded(decline(&job)) == 1...2)
        _ = job.say(.timerFired, at: 700)
        _ = job.acknowledgeAll(3)
        #expect(discarded(job.say(.manifestPublished(CheckpointID(3)))) == nil)
        _ = job.say(.timerFired, at: 800)
        #expect(discarded(decline(&job)) == 4...4)
        _ = job.say(.timerFired, at: 900)
        // The attempt fails while 5 is gathered: nobody stores for it any more.
        let restarted = job.say(.attemptStarted(Attempt(2), highest: CheckpointID(9)))
        #expect(discarded(restarted) == 4...5)
        _ = job.say(.allTasksRunning(Attempt(2)), at: 1000)
        _ = job.say(.timerFired, at: 1100)
        let actions = job.say(
            .declined(Conversation.tasks[0], Attempt(2), CheckpointID(10), full)
        )
        #expect(discarded(actions) == 10...10)
    }

    @Test("one whose manifest is on its way when the attempt ends is not deleted")
    func publishing() throws {
        var job = try Conversation.running(interval: 100, timeout: second)
        job.leavesOutHousekeeping = false
        _ = job.say(.timerFired, at: 100)
        _ = job.acknowledgeAll(1)
        #expect(job.say(.attemptStarted(Attempt(2), highest: .none)) == [])
    }
}
