import WeirControl
import WeirCore
import WeirPlan
import WeirTransport

/// Finds out whether the tasks of a job outlived the job manager that had started them.
///
/// A value that turns events into effects. The attempt that was started last is taken over as a whole,
/// once each of its workers has told of it; if one of them is lost or has another story, none is.
public struct JobAdoption: Sendable {
    /// What happens.
    public enum Event: Sendable {
        /// A worker of a task manager tells what it runs.
        case standing(UInt32, taskManager: String, host: String, WorkerStanding)
        /// A task tells something; what came of it before its worker's standing is part of that.
        case task(UInt32, TaskEvent)
        /// A worker's process has ended, or its task manager is lost.
        case workerEnded(UInt32)
        /// Time has passed.
        case timePassed
    }

    /// What comes of it; nothing is to be told after that.
    public enum Outcome: Sendable, Equatable {
        /// Go on with these workers: by position of the attempt.
        case adopt(AdoptedAttempt, workers: [AdoptedWorker], slots: [Int])
        /// Start another attempt.
        case giveUp(String)
    }

    /// A worker that is taken over.
    public struct AdoptedWorker: Sendable, Equatable {
        /// Its number.
        public let number: UInt32
        /// The task manager that has it.
        public let taskManager: String
        /// Where it takes data connections.
        public let address: DataAddress
    }

    /// So many checkpoints after the last one that completed can have been begun.
    private static let mostOpen: UInt64 = 100_000

    private let lastAttempt: Attempt
    private let graphFingerprint: UInt64
    private let slotCount: Int
    /// When it is given up, in monotonic nanoseconds.
    public let deadline: Int64
    /// By position.
    private var parts: [Int: (worker: AdoptedWorker, part: DeployedPart)] = [:]

    /// Looks for the workers of an attempt.
    ///
    /// - Parameters:
    ///   - lastAttempt: the attempt that was started last.
    ///   - graphFingerprint: the hash of the graph that the job manager has.
    ///   - slotCount: the slots that the job needs.
    ///   - deadline: when it is given up, in monotonic nanoseconds.
    public init(lastAttempt: Attempt, graphFingerprint: UInt64, slotCount: Int, deadline: Int64) {
        self.lastAttempt = lastAttempt
        self.graphFingerprint = graphFingerprint
        self.slotCount = slotCount
        self.deadline = deadline
    }

    /// Takes an event at a monotonic time; nil: more is to come.
    public mutating func handle(_ event: Event, at now: Int64) -> Outcome? {
        #if Sabotage
        TransitionCoverage.note("JobAdoption", parts.isEmpty ? "unheard" : "partly", event)
        #endif
        switch event {
        case .standing(let number, let taskManager, let host, let standing):
            return take(standing, number, taskManager, host)
        case .task(let number, let event): return note(event, of: number)
        case .workerEnded(let number):
            guard parts.values.contains(where: { $0.worker.number == number }) else { return nil }
            return .giveUp("worker \(number) has ended")
        case .timePassed:
            guard now >= deadline else { return nil }
            return .giveUp(
                parts.isEmpty ? "no worker is left" : "only \(parts.count) of its workers are left"
            )
        }
    }

    /// Nobody else keeps it: the job's master listens once the attempt is adopted.
    private mutating func note(_ event: TaskEvent, of number: UInt32) -> Outcome? {
        guard let position = parts.first(where: { $0.value.worker.number == number })?.key else {
            return nil
        }
        parts[position]?.part.note(event)
        guard let failure = parts[position]?.part.failure else { return nil }
        return .giveUp("attempt \(lastAttempt) failed: \(failure)")
    }

    private mutating func take(
        _ standing: WorkerStanding,
        _ number: UInt32,
        _ taskManager: String,
        _ host: String
    ) -> Outcome? {
        guard let part = standing.deployed, part.attempt == lastAttempt else {
            return .giveUp("worker \(number) does not run attempt \(lastAttempt)")
        }
        if let failure = part.failure {
            return .giveUp("attempt \(lastAttempt) failed: \(failure)")
        }
        guard standing.graphFingerprint == graphFingerprint, part.slots.count == slotCount else {
            return .giveUp("worker \(number) runs another graph")
        }
        guard part.completed <= .highest, part.highest <= .highest,
            part.highest.number <= part.completed.number + Self.mostOpen
        else { return .giveUp("worker \(number) tells of checkpoints that cannot be") }
        if let first = parts.values.first?.part {
            guard first.workers == part.workers, first.slots == part.slots else {
                return .giveUp("its workers tell of different deployments")
            }
        }
        let address = DataAddress(host: host, port: standing.dataPort)
        parts[part.own] = (
            AdoptedWorker(number: number, taskManager: taskManager, address: address), part
        )
        guard parts.count == part.workers.count else { return nil }
        return adopted(part)
    }

    private func adopted(_ any: DeployedPart) -> Outcome {
        let all = any.workers.indices.compactMap { parts[$0] }
        let attempt = AdoptedAttempt(
            attempt: lastAttempt,
            running: all.reduce(into: []) { $0.formUnion($1.part.running) },
            exhausted: all.reduce(into: []) { $0.formUnion($1.part.exhausted) },
            highest: all.map(\.part.highest).max() ?? .none,
            completed: all.map(\.part.completed).max() ?? .none,
            sources: all.map(\.part.sources).first { $0 != .reading } ?? .reading
        )
        return .adopt(attempt, workers: all.map(\.worker), slots: any.slots)
    }
}
