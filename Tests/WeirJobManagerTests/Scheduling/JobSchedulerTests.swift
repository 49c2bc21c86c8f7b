import Synchronization
import Testing
import WeirControl
import WeirCore
import WeirJobManager
import WeirPlan
import WeirTransport

@Suite("The scheduler of a job")
struct JobSchedulerTests {
    private let address = DataAddress(host: "h", port: 1)
    private let lost = WeirError(.workerLost, "a worker ended")

    private func description(_ attempt: UInt64, slots: Int) throws -> AttemptDescription {
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
        return AttemptDescription(
            attempt: Attempt(attempt),
            graph: try JobGraph(
                StreamGraph(name: "job", nodes: [node]),
                parallelism: slots,
                maxParallelism: 16
            ),
            manifest: nil,
            droppedStates: []
        )
    }

    private func scheduler() -> JobScheduler {
        let last = Atomic<UInt32>(0)
        var timeouts = JobScheduler.Timeouts()
        timeouts.slots = 100
        timeouts.workers = 200
        timeouts.cancellation = 300
        return JobScheduler(timeouts: timeouts) { last.add(1, ordering: .relaxed).newValue }
    }

    /// What tests compare effects by.
    private func text(_ effects: [JobScheduler.Effect]) -> [String] {
        effects.map { effect in
            switch effect {
            case .allocateSlots(let count): "allocate \(count)"
            case .stopAllocating: "stop allocating"
            case .startWorker(let number, let taskManager): "start \(number) at \(taskManager)"
            case .stopWorker(let number): "stop \(number)"
            case .command(let number, .cancel(let attempt)): "cancel \(attempt) at \(number)"
            case .command(let number, .end): "end \(number)"
            case .command(let number, _): "command \(number)"
            case .deploy(let description, let workers, let slots):
                "deploy \(description.attempt) on \(workers.map(\.number)) \(slots)"
            case .tell(.attemptEnded(let attempt)): "ended \(attempt)"
            case .tell(.attemptFailed(let attempt, let error)): "failed \(attempt) \(error.code.id)"
            case .tell: "tell"
            case .releaseSlots: "release"
            }
        }
    }

    /// A scheduler whose first attempt runs on two workers.
    private func running() throws -> JobScheduler {
        var scheduler = scheduler()
        let first = scheduler.handle(.deploy(try description(1, slots: 3)), at: 0)
        #expect(text(first) == ["allocate 3"])
        let allocated = scheduler.handle(.slotsAllocated(["a", "a", "b"]), at: 0)
        #expect(text(allocated) == ["start 1 at a", "start 2 at b"])
        #expect(scheduler.handle(.workerReady(2, address), at: 0).isEmpty)
        let ready = scheduler.handle(.workerReady(1, address), at: 0)
        #expect(text(ready) == ["deploy 1 on [1, 2] [0, 0, 1]"])
        return scheduler
    }

    @Test("replaces only the worker that was lost, at once; the other takes the next attempt")
    func survivor() throws {
        var scheduler = try running()
        let ended = scheduler.handle(.workerEnded(1, lost), at: 0)
        #expect(text(ended) == ["failed 1 WR-CLUSTER-001", "start 3 at a"])
        #expect(text(scheduler.handle(.cancel(Attempt(1)), at: 0)) == ["cancel 1 at 2"])
        #expect(scheduler.handle(.workerReady(3, address), at: 0).isEmpty)
        #expect(text(scheduler.handle(.attemptEnded(2, Attempt(1)), at: 0)) == ["ended 1"])
        _ = scheduler.handle(.deploy(try description(2, slots: 3)), at: 0)
        let allocated = scheduler.handle(.slotsAllocated(["a", "a", "b"]), at: 0)
        #expect(text(allocated) == ["deploy 2 on [2, 3] [1, 1, 0]"])
    }

    @Test("waits for the replacement if the others are faster")
    func slowReplacement() throws {
        var scheduler = try running()
        _ = scheduler.handle(.cancel(Attempt(1)), at: 0)
        let ended = scheduler.handle(.workerEnded(1, lost), at: 0)
        #expect(text(ended) == ["failed 1 WR-CLUSTER-001", "start 3 at a"])
        #expect(text(scheduler.handle(.attemptEnded(2, Attempt(1)), at: 0)) == ["ended 1"])
        _ = scheduler.handle(.deploy(try description(2, slots: 3)), at: 0)
        #expect(scheduler.handle(.slotsAllocated(["a", "a", "b"]), at: 0).isEmpty)
        let ready = scheduler.handle(.workerReady(3, address), at: 0)
        #expect(text(ready) == ["deploy 2 on [2, 3] [1, 1, 0]"])
    }

    @Test("replaces none of a lost task manager; its slots are elsewhere then")
    func lostTaskManager() throws {
        var scheduler = try running()
        let gone = WeirError(.taskManagerLost, "a")
        let ended = scheduler.handle(.workerEnded(1, gone), at: 0)
        #expect(text(ended) == ["failed 1 WR-CLUSTER-002"])
        _ = scheduler.handle(.cancel(Attempt(1)), at: 0)
        _ = scheduler.handle(.attemptEnded(2, Attempt(1)), at: 0)
        _ = scheduler.handle(.deploy(try description(2, slots: 3)), at: 0)
        let allocated = scheduler.handle(.slotsAllocated(["b", "c", "c"]), at: 0)
        #expect(text(allocated) == ["start 3 at c"])
    }

    @Test("replaces a worker that is to have more or fewer slots: its memory is meant for so many")
    func otherSlots() throws {
        var scheduler = try running()
        _ = scheduler.handle(.cancel(Attempt(1)), at: 0)
        for number in [UInt32(1), 2] {
            _ = scheduler.handle(.attemptEnded(number, Attempt(1)), at: 0)
        }
        _ = scheduler.handle(.deploy(try description(2, slots: 2)), at: 0)
        let allocated = scheduler.handle(.slotsAllocated(["a", "b"]), at: 0)
        #expect(text(allocated) == ["stop 1", "start 3 at a"])
        let ready = scheduler.handle(.workerReady(3, address), at: 0)
        #expect(text(ready) == ["deploy 2 on [2, 3] [1, 0]"])
    }

    @Test("has an attempt ended when each worker has said so or is gone, whatever comes late")
    func cancelling() throws {
        var scheduler = try running()
        let cancelled = scheduler.handle(.cancel(Attempt(1)), at: 0)
        #expect(text(cancelled) == ["cancel 1 at 1", "cancel 1 at 2"])
        #expect(scheduler.handle(.attemptEnded(1, Attempt(7)), at: 0).isEmpty)
        #expect(scheduler.handle(.attemptEnded(1, Attempt(1)), at: 0).isEmpty)
        let gone = scheduler.handle(.workerEnded(2, lost), at: 0)
        #expect(text(gone) == ["failed 1 WR-CLUSTER-001", "start 3 at b", "ended 1"])
        #expect(scheduler.handle(.attemptFailed(1, Attempt(1), lost), at: 0).isEmpty)
        #expect(text(scheduler.handle(.jobEnded, at: 0)) == ["end 1", "end 3", "release"])
        #expect(text(scheduler.handle(.workerReady(9, address), at: 0)) == ["stop 9"])
    }

    @Test("gives up an attempt for which there are no slots in time")
    func noSlots() throws {
        var scheduler = scheduler()
        _ = scheduler.handle(.deploy(try description(1, slots: 3)), at: 50)
        #expect(scheduler.deadline == 150)
        #expect(scheduler.handle(.timePassed, at: 149).isEmpty)
        let failed = scheduler.handle(.timePassed, at: 150)
        #expect(text(failed) == ["stop allocating", "release", "failed 1 WR-CLUSTER-003"])
        guard case .tell(.attemptFailed(_, let error)) = failed.last else { return }
        #expect(error.code == .noSlots)
        #expect(text(scheduler.handle(.cancel(Attempt(1)), at: 150)) == ["ended 1"])
    }

    @Test("ends the processes of workers that do not end their tasks in time")
    func hungWorker() throws {
        var scheduler = try running()
        _ = scheduler.handle(.cancel(Attempt(1)), at: 1000)
        _ = scheduler.handle(.attemptEnded(1, Attempt(1)), at: 1000)
        #expect(scheduler.deadline == 1300)
        #expect(scheduler.handle(.timePassed, at: 1299).isEmpty)
        #expect(text(scheduler.handle(.timePassed, at: 1300)) == ["stop 2", "ended 1"])
        // Its end is no news any more.
        #expect(scheduler.handle(.workerEnded(2, lost), at: 1301).isEmpty)
        _ = scheduler.handle(.deploy(try description(2, slots: 3)), at: 1400)
        let allocated = scheduler.handle(.slotsAllocated(["a", "a", "b"]), at: 1400)
        #expect(text(allocated) == ["start 3 at b"])
    }

    @Test("gives up an attempt whose workers do not begin in time")
    func silentWorker() throws {
        var scheduler = scheduler()
        _ = scheduler.handle(.deploy(try description(1, slots: 2)), at: 0)
        _ = scheduler.handle(.slotsAllocated(["a", "b"]), at: 0)
        _ = scheduler.handle(.workerReady(1, address), at: 10)
        let failed = scheduler.handle(.timePassed, at: 200)
        #expect(text(failed) == ["stop 2", "failed 1 WR-CLUSTER-001"])
        #expect(text(scheduler.handle(.cancel(Attempt(1)), at: 200)) == ["ended 1"])
    }

    @Test("gives up an attempt whose worker ends before it is ready")
    func lostEarly() throws {
        var scheduler = scheduler()
        _ = scheduler.handle(.deploy(try description(1, slots: 1)), at: 0)
        _ = scheduler.handle(.slotsAllocated(["a"]), at: 0)
        let failed = scheduler.handle(.workerEnded(1, lost), at: 0)
        #expect(text(failed) == ["failed 1 WR-CLUSTER-001"])
        #expect(text(scheduler.handle(.cancel(Attempt(1)), at: 0)) == ["ended 1"])
    }
}
