import WeirControl
import WeirCore
import WeirPlan
import WeirTransport

/// Brings the attempts of one job onto workers: slots, processes, deployments, cancellations.
///
/// A value that turns events into effects. The workers of the job stay from one attempt to the next;
/// only what was lost is started again, and what is to have more or fewer slots.
public struct JobScheduler: Sendable {
    /// What happens.
    public enum Event: Sendable {
        /// The job's master wants an attempt started.
        case deploy(AttemptDescription)
        /// The job's master wants an attempt ended.
        case cancel(Attempt)
        /// The job is over.
        case jobEnded
        /// The slots that were asked for: by slot, the task manager.
        case slotsAllocated([String])
        /// A worker takes deployments.
        case workerReady(UInt32, DataAddress)
        /// A worker's process has ended, or its task manager is lost.
        case workerEnded(UInt32, WeirError)
        /// A worker could not start its tasks of an attempt.
        case attemptFailed(UInt32, Attempt, WeirError)
        /// A worker has ended its tasks of an attempt.
        case attemptEnded(UInt32, Attempt)
        /// Time has passed.
        case timePassed
    }

    /// What is to be done, in order.
    public enum Effect: Sendable {
        /// Answer with `slotsAllocated`, as soon as there are so many.
        case allocateSlots(Int)
        /// Nobody waits for slots any more.
        case stopAllocating
        /// Start a worker process at a task manager.
        case startWorker(UInt32, taskManager: String)
        /// End a worker process.
        case stopWorker(UInt32)
        /// Tell a worker something.
        case command(UInt32, WorkerCommand)
        /// Deploy an attempt: by position the workers, by slot the position.
        case deploy(AttemptDescription, workers: [Placed], slots: [Int])
        /// Tell the job's master something.
        case tell(JobEvent)
        /// Give all slots of the job back.
        case releaseSlots
    }

    /// How long is waited for what, in nanoseconds.
    public struct Timeouts: Sendable {
        /// For slots; then those that the job has are given back for a while.
        public var slots: Int64 = 300_000_000_000
        /// For new workers to begin.
        public var workers: Int64 = 60_000_000_000
        /// For workers to end their tasks; then their processes are ended.
        public var cancellation: Int64 = 30_000_000_000

        /// Defaults.
        public init() {}
    }

    /// A worker with its address.
    public struct Placed: Sendable, Equatable {
        /// Its number.
        public let number: UInt32
        /// Where it takes data connections.
        public let address: DataAddress
    }

    private struct Worker: Sendable {
        let number: UInt32
        let taskManager: String
        /// Slots for which its memory is meant.
        let slots: Int
        /// Nil until it is ready.
        var address: DataAddress?
    }

    private enum Phase: Sendable {
        case idle
        case waitingForSlots(AttemptDescription, deadline: Int64)
        case waitingForWorkers(AttemptDescription, slots: [String], deadline: Int64)
        case deployed(Attempt, [UInt32])
        /// The workers that have not said that they have ended the attempt.
        case cancelling(Attempt, Set<UInt32>, deadline: Int64)
        case over
    }

    private let timeouts: Timeouts
    private var phase = Phase.idle
    /// Ascending by number.
    private var workers: [Worker] = []
    private let nextNumber: @Sendable () -> UInt32

    /// A scheduler of a job without workers.
    ///
    /// - Parameters:
    ///   - timeouts: how long it waits for what.
    ///   - nextNumber: a number that no worker had before.
    public init(timeouts: Timeouts, nextNumber: @escaping @Sendable () -> UInt32) {
        self.timeouts = timeouts
        self.nextNumber = nextNumber
    }

    /// When `timePassed` is to be told; nil: not before another event.
    public var deadline: Int64? {
        switch phase {
        case .waitingForSlots(_, let deadline), .waitingForWorkers(_, _, let deadline),
            .cancelling(_, _, let deadline):
            deadline
        case .idle, .deployed, .over: nil
        }
    }

    /// The workers of the attempt that runs.
    public var deployedWorkers: [UInt32] {
        if case .deployed(_, let numbers) = phase { return numbers }
        return []
    }

    /// The attempt that runs.
    public var deployedAttempt: Attempt? {
        if case .deployed(let attempt, _) = phase { return attempt }
        return nil
    }

    /// Takes an event at a monotonic time; the effects are to be done in order.
    public mutating func handle(_ event: Event, at now: Int64) -> [Effect] {
        #if Sabotage
        TransitionCoverage.note("JobScheduler", phase, event)
        #endif
        switch event {
        case .deploy(let description):
            guard case .idle = phase else { return [] }
            phase = .waitingForSlots(description, deadline: now + timeouts.slots)
            return [.allocateSlots(description.graph.slotCount)]
        case .cancel(let attempt): return cancel(attempt, now)
        case .jobEnded: return end()
        case .slotsAllocated(let slots): return allocated(slots, now)
        case .workerReady(let number, let address): return ready(number, address)
        case .workerEnded(let number, let error): return lost(number, error)
        case .attemptFailed(let number, let attempt, let error):
            guard case .deployed(attempt, let numbers) = phase, numbers.contains(number) else {
                return []
            }
            return [.tell(.attemptFailed(attempt, error))]
        case .attemptEnded(let number, let attempt): return ended(number, attempt)
        case .timePassed: return timePassed(now)
        }
    }

    /// Goes on with workers that run an attempt already, at the beginning of a job manager.
    ///
    /// - Parameters:
    ///   - attempt: the attempt.
    ///   - adopted: the workers, by position.
    ///   - slots: by slot, the position of its worker.
    public mutating func adopt(
        _ attempt: Attempt,
        _ adopted: [JobAdoption.AdoptedWorker],
        slots: [Int]
    ) {
        guard case .idle = phase, workers.isEmpty else { return }
        workers = adopted.enumerated().map { position, worker in
            Worker(
                number: worker.number,
                taskManager: worker.taskManager,
                slots: slots.count { $0 == position },
                address: worker.address
            )
        }.sorted { $0.number < $1.number }
        phase = .deployed(attempt, workers.map(\.number))
    }

    // MARK: Deploying

    private mutating func allocated(_ slots: [String], _ now: Int64) -> [Effect] {
        guard case .waitingForSlots(let description, _) = phase else { return [] }
        let deadline = now + timeouts.workers
        phase = .waitingForWorkers(description, slots: slots, deadline: deadline)
        var effects: [Effect] = []
        let needed = Dictionary(grouping: slots) { $0 }.mapValues(\.count)
        for worker in workers where needed[worker.taskManager] != worker.slots {
            effects.append(.stopWorker(worker.number))
        }
        workers.removeAll { needed[$0.taskManager] != $0.slots }
        for (taskManager, count) in needed.sorted(by: { $0.key < $1.key })
        where !workers.contains(where: { $0.taskManager == taskManager }) {
            let worker = Worker(number: nextNumber(), taskManager: taskManager, slots: count)
            workers.append(worker)
            effects.append(.startWorker(worker.number, taskManager: taskManager))
        }
        return effects + deployIfReady()
    }

    private mutating func ready(_ number: UInt32, _ address: DataAddress) -> [Effect] {
        guard let index = workers.firstIndex(where: { $0.number == number }) else {
            return [.stopWorker(number)]
        }
        workers[index].address = address
        return deployIfReady()
    }

    private mutating func deployIfReady() -> [Effect] {
        guard case .waitingForWorkers(let description, let slots, _) = phase else { return [] }
        var placed: [Placed] = []
        for worker in workers {
            guard let address = worker.address else { return [] }
            placed.append(Placed(number: worker.number, address: address))
        }
        let positions = slots.map { slot in
            workers.firstIndex { $0.taskManager == slot } ?? 0
        }
        phase = .deployed(description.attempt, workers.map(\.number))
        return [.deploy(description, workers: placed, slots: positions)]
    }

    private mutating func timePassed(_ now: Int64) -> [Effect] {
        guard let deadline, deadline <= now else { return [] }
        switch phase {
        case .waitingForSlots(let description, _): return noSlots(description)
        case .waitingForWorkers(let description, _, _): return workersTooSlow(description)
        case .cancelling(let attempt, let missing, _): return stop(missing, attempt)
        case .idle, .deployed, .over: return []
        }
    }

    /// Workers did not begin in time: another attempt gets others.
    private mutating func workersTooSlow(_ description: AttemptDescription) -> [Effect] {
        let silent = workers.filter { $0.address == nil }.map(\.number)
        workers.removeAll { $0.address == nil }
        phase = .idle
        let error = WeirError(
            .workerLost,
            "\(silent.count) workers did not begin within \(timeouts.workers / 1_000_000_000) s.",
            fix: "Look into their logs; the program must be one that links Weir."
        )
        return silent.map { .stopWorker($0) } + [.tell(.attemptFailed(description.attempt, error))]
    }

    /// Workers did not end their tasks in time: they end with their processes.
    private mutating func stop(_ missing: Set<UInt32>, _ attempt: Attempt) -> [Effect] {
        workers.removeAll { missing.contains($0.number) }
        phase = .idle
        return missing.sorted().map { .stopWorker($0) } + [.tell(.attemptEnded(attempt))]
    }

    private mutating func noSlots(_ description: AttemptDescription) -> [Effect] {
        phase = .idle
        let idle = workers.map(\.number)
        workers = []
        let error = WeirError(
            .noSlots,
            "The job waited \(timeouts.slots / 1_000_000_000) s for \(description.graph.slotCount) "
                + "slots, and there are fewer.",
            fix: "Start more task managers, give them more slots, or lower the parallelism."
        )
        // Another job may have use for those that it has.
        return idle.map { .stopWorker($0) }
            + [.stopAllocating, .releaseSlots, .tell(.attemptFailed(description.attempt, error))]
    }

    // MARK: Ending

    private mutating func cancel(_ attempt: Attempt, _ now: Int64) -> [Effect] {
        switch phase {
        case .waitingForSlots:
            phase = .idle
            return [.stopAllocating, .tell(.attemptEnded(attempt))]
        case .deployed(let deployed, let numbers) where deployed <= attempt:
            let living = Set(numbers).intersection(workers.map(\.number))
            phase = .cancelling(attempt, living, deadline: now + timeouts.cancellation)
            return living.sorted().map { .command($0, .cancel(attempt)) } + finishCancelling()
        case .cancelling, .over, .deployed: return []
        case .idle, .waitingForWorkers:
            phase = .idle
            return [.tell(.attemptEnded(attempt))]
        }
    }

    private mutating func ended(_ number: UInt32, _ attempt: Attempt) -> [Effect] {
        guard case .cancelling(let cancelled, var missing, let deadline) = phase,
            attempt == cancelled
        else { return [] }
        missing.remove(number)
        phase = .cancelling(cancelled, missing, deadline: deadline)
        return finishCancelling()
    }

    private mutating func finishCancelling() -> [Effect] {
        guard case .cancelling(let attempt, let missing, _) = phase, missing.isEmpty else {
            return []
        }
        phase = .idle
        return [.tell(.attemptEnded(attempt))]
    }

    private mutating func lost(_ number: UInt32, _ error: WeirError) -> [Effect] {
        guard let index = workers.firstIndex(where: { $0.number == number }) else { return [] }
        let worker = workers.remove(at: index)
        switch phase {
        case .deployed(let attempt, let numbers) where numbers.contains(number):
            return [.tell(.attemptFailed(attempt, error))] + replace(worker, error)
        case .waitingForWorkers(let description, _, _):
            phase = .idle
            return [.tell(.attemptFailed(description.attempt, error))]
        case .cancelling(let attempt, var missing, let deadline):
            missing.remove(number)
            phase = .cancelling(attempt, missing, deadline: deadline)
            // It may be why the attempt failed: others met the broken connection first.
            return [.tell(.attemptFailed(attempt, error))] + replace(worker, error)
                + finishCancelling()
        case .idle, .waitingForSlots, .deployed, .over: return []
        }
    }

    /// Starts a worker in the place of one that was lost, while the others end their tasks.
    ///
    /// The next attempt wants it; not if its task manager was lost, and its slots with it.
    private mutating func replace(_ lost: Worker, _ error: WeirError) -> [Effect] {
        guard error.code != .taskManagerLost else { return [] }
        let worker = Worker(
            number: nextNumber(),
            taskManager: lost.taskManager,
            slots: lost.slots
        )
        workers.append(worker)
        return [.startWorker(worker.number, taskManager: worker.taskManager)]
    }

    private mutating func end() -> [Effect] {
        let numbers = workers.map(\.number)
        phase = .over
        workers = []
        return numbers.map { .command($0, .end) } + [.releaseSlots]
    }
}
