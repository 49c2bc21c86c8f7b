import Testing
import WeirCore
import WeirJobManager
import WeirPlan
import WeirSnapshot

@Suite("The checkpoint coordinator under random events")
struct CoordinatorPropertyTests {
    @Test("its rules hold whatever comes in whatever order", arguments: 0..<40 as Range<UInt64>)
    func randomEvents(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var completed = 0
        var stopped = 0
        for run in 0..<50 {
            var job = try Conversation(
                interval: random.next() % 3 == 0 ? nil : 20,
                timeout: random.next() % 4 == 0 ? 20 : 200,
                minimumPause: Int64(random.next() % 10),
                tolerableFailures: random.next() % 2 == 0 ? nil : 3
            )
            job.leavesOutHousekeeping = false
            var watcher = CoordinatorWatcher()
            var time: Int64 = 0
            for _ in 0..<300 {
                time += Int64(random.next() % 8)
                let event = Self.event(&random, job, watcher.attempt)
                watcher.heard(event)
                for action in job.say(event, at: time) { watcher.saw(action) }
                watcher.rest(job.coordinator.pending)
            }
            completed += watcher.completed.count
            stopped += watcher.hasGivenUp ? 1 : 0
            #expect(watcher.broken == [], "seed \(seed), run \(run)")
            if !watcher.broken.isEmpty { return }
        }
        #expect(completed > 20, "seed \(seed)")
        #expect(stopped > 0, "seed \(seed)")
    }

    /// An event that is likely to mean something now, or a stale one.
    private static func event(
        _ random: inout SplitMix64,
        _ job: Conversation,
        _ current: Attempt
    ) -> CheckpointEvent {
        let task = Conversation.tasks[Int(random.next() % 4)]
        let attempt = random.next() % 12 == 0 ? Attempt(random.next() % 4) : current
        let pending = job.coordinator.pending ?? .none
        let id = random.next() % 12 == 0 ? CheckpointID(random.next() % 9) : pending
        let part = Conversation.snapshot(of: task)
        let error = WeirError(.diskFull, "full")
        let isRare = random.next() % 8 == 0
        switch random.next() % 66 {
        case 0:
            return .attemptStarted(
                Attempt(current.number + random.next() % 2),
                highest: CheckpointID(random.next() % 40)
            )
        case 1...5: return .allTasksRunning(attempt)
        case 6...18: return .timerFired
        case 19...48: return .acknowledged(task, attempt, id, part)
        case 49: return isRare ? .declined(task, attempt, id, error) : .timerFired
        case 50...56: return .manifestPublished(id)
        case 57: return .manifestFailed(id, error)
        case 58: return isRare ? .inputExhausted(task, attempt) : .timerFired
        case 59: return isRare ? .taskFinished(task, attempt, part) : .timerFired
        case 60:
            let token = random.next() % 9
            return token < 5
                ? .savepointRequested(token: token) : .checkpointRequested(token: token)
        case 61: return .committed(task, attempt, id)
        case 62: return isRare ? .stopRequested(drain: random.next() % 2 == 0) : .timerFired
        case 63: return .attemptFailed(error)
        default: return .phaseReached(task, attempt, id, .aligning)
        }
    }
}
