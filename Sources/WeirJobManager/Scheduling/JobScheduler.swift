import WeirControl
import WeirCore
import WeirPlan
import WeirTransport

/// Brings the attempts of one job onto workers: slots, processes, deployments, cancellations.
///
/// A value that turns events into effects. The workers of the job stay from one attempt to the next;
/// only what was lost is started again.
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
        /// Nil until it is ready.
        var address: DataAddress?
    }

    private enum Phase: Sendable {
        case idle
        case waitingForSlots(AttemptDescription, deadline: Int64)
        case waitingForWorkers(AttemptDescription, slots: [String])
        case deployed(Attempt, [UInt32])
        /// The workers that have not said that they have ended the attempt.
        case cancelling(Attempt, Set<UInt32>)
        case over
    }

    private let slotTimeout: Int64
    private var phase = Phase.idle
    /// Ascending by number.
    private var workers: [Worker] = []
    private let nextNumber: @Sendable () -> UInt32

    /// A scheduler of a job without workers.
    ///
    /// - Parameters:
    ///   - slotTimeout: nanoseconds that an attempt waits for slots.
    ///   - nextNumber: a number that no worker had before.
    public init(slotTimeout: Int64, nextNumber: @escaping @Sendable () -> UInt32) {
        self.slotTimeout = slotTimeout
        self.nextNumber = nextNumber
    }

    /// When `timePassed` is to be told; nil: not before another event.
    public var deadline: Int64? {
        if case .waitingForSlots(_, let deadline) = phase { return deadline }
        return nil
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
        switch event {
        case .deploy(let description):
            guard case .idle = phase else { return [] }
            phase = .waitingForSlots(description, deadline: now + slotTimeout)
            return [.allocateSlots(description.graph.slotCount)]
        case .cancel(let attempt): return cancel(attempt)
        case .jobEnded: return end()
        case .slotsAllocated(let slots): return allocated(slots)
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

    // MARK: Deploying

    private mutating func allocated(_ slots: [String]) -> [Effect] {
        guard case .waitingForSlots(let description, _) = phase else { return [] }
        phase = .waitingForWorkers(description, slots: slots)
        var effects: [Effect] = []
        let needed = Set(slots)
        for worker in workers where !needed.contains(worker.taskManager) {
            effects.append(.stopWorker(worker.number))
        }
        workers.removeAll { !needed.contains($0.taskManager) }
        for taskManager in needed.sorted()
        where !workers.contains(where: { $0.taskManager == taskManager }) {
            let worker = Worker(number: nextNumber(), taskManager: taskManager)
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
        guard case .waitingForWorkers(let description, let slots) = phase else { return [] }
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
        guard case .waitingForSlots(let description, let deadline) = phase, deadline <= now else {
            return []
        }
        phase = .idle
        let error = WeirError(
            .noSlots,
            "The job waited \(slotTimeout / 1_000_000_000) s for \(description.graph.slotCount) "
                + "slots, and there are fewer.",
            fix: "Start more task managers, give them more slots, or lower the parallelism."
        )
        return [.stopAllocating, .tell(.attemptFailed(description.attempt, error))]
    }

    // MARK: Ending

    private mutating func cancel(_ attempt: Attempt) -> [Effect] {
        switch phase {
        case .waitingForSlots:
            phase = .idle
            return [.stopAllocating, .tell(.attemptEnded(attempt))]
        case .deployed(let deployed, let numbers) where deployed <= attempt:
            let living = Set(numbers).intersection(workers.map(\.number))
            phase = .cancelling(attempt, living)
            return living.sorted().map { .command($0, .cancel(attempt)) } + finishCancelling()
        case .cancelling, .over, .deployed: return []
        case .idle, .waitingForWorkers:
            phase = .idle
            return [.tell(.attemptEnded(attempt))]
        }
    }

    private mutating func ended(_ number: UInt32, _ attempt: Attempt) -> [Effect] {
        guard case .cancelling(let cancelled, var missing) = phase, attempt == cancelled else {
            return []
        }
        missing.remove(number)
        phase = .cancelling(cancelled, missing)
        return finishCancelling()
    }

    private mutating func finishCancelling() -> [Effect] {
        guard case .cancelling(let attempt, let missing) = phase, missing.isEmpty else { return [] }
        phase = .idle
        return [.tell(.attemptEnded(attempt))]
    }

    private mutating func lost(_ number: UInt32, _ error: WeirError) -> [Effect] {
        guard workers.contains(where: { $0.number == number }) else { return [] }
        workers.removeAll { $0.number == number }
        switch phase {
        case .deployed(let attempt, let numbers) where numbers.contains(number):
            return [.tell(.attemptFailed(attempt, error))]
        case .waitingForWorkers(let description, _):
            phase = .idle
            return [.tell(.attemptFailed(description.attempt, error))]
        case .cancelling(let attempt, var missing):
            missing.remove(number)
            phase = .cancelling(attempt, missing)
            return finishCancelling()
        case .idle, .waitingForSlots, .deployed, .over: return []
        }
    }

    private mutating func end() -> [Effect] {
        let numbers = workers.map(\.number)
        phase = .over
        workers = []
        return numbers.map { .command($0, .end) } + [.releaseSlots]
    }
}
